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

/// A call stack: the `kept` outermost frames of s.last_stack, and inside them the `fresh` first
/// ones of s.walked, innermost first. A stack that is not whole has format::kCutLocation as its
/// outermost entry.
struct CallStack {
  uint32_t kept;
  uint32_t fresh;

  uint32_t depth() const { return kept + fresh; }
  /// The id of a frame, counted from the outermost.
  uint32_t id(const Stream& s, uint32_t frame) const {
    return frame < kept ? s.last_stack[frame] : s.walked[depth() - 1 - frame];
  }
};

/// Walks from `caller`. May write location and module records to `s`. Depth 0 when nothing more can
/// be recorded. Once the stack has been recorded and s.last_stack is it, call s.last_walk.commit.
CallStack walk_stack(Stream& s, const Caller& caller);

/// All frames, by our own walker and without what the last walk found: for comparing.
CallStack walk_plainly(Stream& s, const Caller& caller);

/// The usual walk whatever the environment says: for comparing.
CallStack walk_with_replay(Stream& s, const Caller& caller);

}  // namespace memprof
