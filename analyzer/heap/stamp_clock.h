#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/trace/trace_file.h"
#include "preload/format/trace_format.h"

namespace memprof::heap {

/// Turns stamps into CLOCK_MONOTONIC: piecewise linear through all the pairs of readings a file
/// has, and beyond them at the rate of the pairs furthest apart. Never runs backwards, and its two
/// directions agree to the nanosecond: monotonic_ns(s) >= t exactly when s >= first_stamp_at(t).
class StampClock {
 public:
  /// `pairs`: those of the file's records, in any order; pairs that contradict earlier ones are
  /// dropped.
  StampClock(const trace::Identity& identity, std::vector<format::ClockPair> pairs);

  uint64_t monotonic_ns(uint64_t stamp) const;

  /// The smallest stamp that is not before `monotonic_ns`; UINT64_MAX when there is none.
  uint64_t first_stamp_at(uint64_t monotonic_ns) const;

  /// How far stamps rise in this time.
  uint64_t stamps_in(uint64_t duration_ns) const;

 private:
  void choose_rate(const trace::Identity& identity);

  std::vector<format::ClockPair> points_;  ///< at least one; both coordinates never fall
  uint64_t rate_stamps_ = 1;               ///< rate_ns_ pass in rate_stamps_, which is not 0
  uint64_t rate_ns_ = 1;
};

}  // namespace memprof::heap
