#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/heap/process_heap.h"
#include "analyzer/heap/running_maximum.h"

namespace memprof::heap {

/// The phases of a process, from their edges in merged order. Figures are the process's over the
/// phase's interval, whichever thread allocates. Each edge costs O(log n) in the phases there are.
class Phases {
 public:
  /// What is known of the process at an edge.
  struct Edge {
    uint64_t time_ns;
    uint64_t heap_bytes;
    /// Since the edge before, both edges included (LiveHeap::take_highest).
    RunningMaximum::Value highest_bytes;
    uint64_t rss_bytes;
    uint64_t allocations;
  };

  /// The index of the phase.
  size_t begin(const std::string& name, uint32_t thread, const Edge& edge);

  /// Closes the innermost open phase of that name on its thread, else in the process, else counts
  /// it. The index of the phase it closed.
  std::optional<size_t> end(const std::string& name, uint32_t thread, const Edge& edge);

  /// Ends what is still open. `rss`: ordered by time.
  void finish(const Edge& edge, const std::vector<RssSample>& rss);

  std::vector<Phase> take() { return std::move(phases_); }
  uint64_t unmatched_ends() const { return unmatched_ends_; }

 private:
  struct Name {
    uint32_t number;
    uint32_t occurrences = 0;
    std::set<size_t> open;  ///< indexes into phases_, the innermost last
  };
  struct Begun {
    uint32_t thread;
    uint64_t highest_from;  ///< index into highest_
    uint64_t allocations;
  };

  void close(size_t index, Name& name, const Edge& edge);

  std::vector<Phase> phases_;
  std::vector<Begun> begun_;  ///< as phases_
  std::map<std::string, Name> names_;
  /// By the name's number and the thread.
  std::map<std::pair<uint32_t, uint32_t>, std::set<size_t>> open_of_thread_;
  RunningMaximum highest_;
  uint64_t unmatched_ends_ = 0;
};

}  // namespace memprof::heap
