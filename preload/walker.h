// Call stacks. The walker goes from the caller of a hook outwards, one frame after the other, by
// the rules that .eh_frame gives for each return address (locations.h keeps them). It never
// guesses: where there is no information the stack ends and is marked as cut.
#pragma once

#include <cstdint>

#include "preload/stream.h"

namespace memprof {

/// The registers with which the caller of a hook goes on when the hook returns.
struct Caller {
  uintptr_t pc;
  uintptr_t sp;
  uintptr_t bp;
};

/// The caller of the function this stands in. That function keeps a frame pointer (asking for the
/// frame address makes the compiler set one up), so the caller's rbp and return address lie right
/// there.
#define MEMPROF_CALLER()                                              \
  ::memprof::Caller {                                                 \
    reinterpret_cast<uintptr_t>(__builtin_return_address(0)),         \
        reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) + 16, \
        *static_cast<const uintptr_t*>(__builtin_frame_address(0))    \
  }

/// Walks from `caller` and leaves the location ids in s.walked, innermost first; returns how many.
/// A stack that is not whole has format::kCutLocation as its last, outermost entry. May write
/// location and module records to `s`. 0 when nothing more can be recorded.
uint32_t walk_stack(Stream& s, const Caller& caller);

/// The same by our own walker whatever the environment says: for comparing.
uint32_t walk_alone(Stream& s, const Caller& caller);

}  // namespace memprof
