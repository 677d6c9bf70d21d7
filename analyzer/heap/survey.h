#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "analyzer/heap/process_heap.h"
#include "analyzer/trace/trace_file.h"

namespace memprof::heap {

/// From recorded location ids to indexes into ProcessHeap::locations.
class LocationTable {
 public:
  /// What an id that was never defined stands for.
  static constexpr uint32_t kUnknownLocation = 1;

  /// Ids below `dense_ids_max` get a place in an array, whose size they thereby decide; others in a
  /// hash map. Ids are handed out densely, and a damaged one must not decide how much memory we
  /// take.
  explicit LocationTable(size_t dense_ids_max) : dense_ids_max_(dense_ids_max) {}

  void define(uint32_t id, uint32_t index);

  uint32_t index_of(uint32_t id) const {
    if (id < dense_.size()) [[likely]]
      return dense_[id];
    const auto found = sparse_.find(id);
    return found == sparse_.end() ? kUnknownLocation : found->second;
  }

 private:
  size_t dense_ids_max_;
  std::vector<uint32_t> dense_;
  std::unordered_map<uint32_t, uint32_t> sparse_;
};

/// What must be known of a file before its events can be replayed, because it may stand in another
/// stream's chunk, later in the file than where it matters: locations, modules, the clock.
struct Survey {
  /// Index 0 the cut location, 1 the unknown one; equal locations are one, whatever ids they had.
  std::vector<Location> locations;
  LocationTable location_table{0};
  std::vector<Module> modules;
  std::vector<format::ClockPair> clock_pairs;
  std::vector<format::CutRecord> cuts;
  uint64_t damaged_bytes = 0;  ///< in chunks, on top of TraceFile::damaged_bytes
};

/// Reads all chunks once, several at a time. Throws Error when the file cannot be read.
Survey survey(const trace::TraceFile& file);

}  // namespace memprof::heap
