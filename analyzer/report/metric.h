#pragma once

#include <cstdint>
#include <functional>

#include "analyzer/heap/process_heap.h"
#include "analyzer/report/options.h"

namespace memprof::report {

/// Which of a site's counts a table is about. kMoment: of the moment asked for, or the tree's peak.
enum class Metric { kMoment, kPeak, kLive, kAllocated, kAllocations, kTemporary };

/// What --by means; `moment`: where another moment than the process's own peak is what counts.
constexpr Metric metric_of(By by, bool moment) {
  switch (by) {
    case By::kPeak:
      return moment ? Metric::kMoment : Metric::kPeak;
    case By::kLive:
      return Metric::kLive;
    case By::kAllocated:
      return Metric::kAllocated;
    case By::kAllocations:
      return Metric::kAllocations;
    case By::kTemporary:
      return Metric::kTemporary;
  }
  return Metric::kPeak;
}

/// The count that rows are ordered by, and the one shown beside it.
struct Amounts {
  uint64_t first = 0;
  uint64_t second = 0;

  bool zero() const { return first == 0 && second == 0; }
  Amounts& operator+=(const Amounts& other) {
    first += other.first;
    second += other.second;
    return *this;
  }
  Amounts& operator-=(const Amounts& other) {
    first -= other.first;
    second -= other.second;
    return *this;
  }
};

constexpr Amounts amounts_of(const heap::Counts& counts, Metric metric) {
  switch (metric) {
    case Metric::kMoment:
      return {counts.at_bytes, counts.at_blocks};
    case Metric::kPeak:
      return {counts.peak_bytes, counts.peak_blocks};
    case Metric::kLive:
      return {counts.live_bytes, counts.live_blocks};
    case Metric::kAllocated:
      return {counts.bytes_allocated, counts.allocations};
    case Metric::kAllocations:
      return {counts.allocations, counts.bytes_allocated};
    case Metric::kTemporary:
      return {counts.temporary, counts.allocations};
  }
  return {};
}

/// Accepts counts that are not all 0 in a table of this metric.
inline std::function<bool(const heap::Counts&)> counts_in(Metric metric) {
  return [metric](const heap::Counts& counts) { return !amounts_of(counts, metric).zero(); };
}

}  // namespace memprof::report
