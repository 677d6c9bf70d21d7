#pragma once

#include <cstdint>
#include <string>

namespace memprof::test {

/// A trace of any length, written chunk by chunk so that the writer stays small too, and what it
/// says, by the writer's own count.
struct LongTrace {
  uint64_t allocations = 0;
  uint64_t frees = 0;
  uint64_t bytes_allocated = 0;
  uint64_t peak_bytes = 0;
  uint64_t live_bytes = 0;
};

/// Writes `events` births and deaths of `threads` threads to `path`. At most `live_max` blocks live
/// at a time, which are reached early; stacks are 20 deep, of some 16,000 places. The same
/// arguments give the same file. Throws std::runtime_error when it cannot be written.
LongTrace write_long_trace(const std::string& path, uint64_t events, uint32_t threads,
                           size_t live_max);

}  // namespace memprof::test
