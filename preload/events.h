// The three things that happen to a block, as the hooks report them. All may be called from any
// thread and from signal handlers; they leave errno alone.
#pragma once

#include <cstddef>
#include <cstdint>

#include "preload/format/trace_format.h"
#include "preload/process.h"
#include "preload/walker.h"

namespace memprof {

/// In place of a stamp that was not worth taking.
inline constexpr uint64_t kNoStamp = 0;

/// A block was made. Call after the real function has returned it: once another thread can get the
/// same address, this stamp is older.
void record_birth(const void* block, size_t size, format::Kind kind, const Caller& caller);

/// A block is about to be freed. Call before the real function, so that the record is in the trace,
/// and older, before anybody can get the address again.
void record_death(const void* block, const Caller& caller);

/// realloc has moved `old_block` to `new_block` (perhaps the same). One record, so that no reader
/// sees either both or none. `begin_stamp` is from before the call, or kNoStamp.
void record_resize(const void* old_block, const void* new_block, size_t size, uint64_t begin_stamp,
                   const Caller& caller);

}  // namespace memprof
