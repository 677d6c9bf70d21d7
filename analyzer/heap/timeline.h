#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "analyzer/heap/live_heap.h"
#include "analyzer/heap/phases.h"
#include "analyzer/heap/process_heap.h"
#include "preload/format/trace_format.h"

namespace memprof::heap {

struct MarkItem {
  format::MarkRecord record;
  std::string name;
};

struct ExecItem {
  format::ExecRecord record;
  std::string path;
};

/// What happens in a process besides births and deaths.
using TimelineItem = std::variant<format::SampleRecord, MarkItem, ExecItem,
                                  format::ExecFailedRecord, format::ExitRecord>;

/// Collects RSS, marks, phases, launches and the end of a process, in merged order.
///
/// Where an RSS is not known, the last known one stands for it.
class Timeline {
 public:
  /// `run_start_ns` and `process_start_ns` on CLOCK_MONOTONIC.
  Timeline(const StampClock& clock, uint64_t run_start_ns, uint64_t process_start_ns);

  /// `thread`: any number that tells threads apart.
  void add(const TimelineItem& item, uint32_t thread, LiveHeap& heap);

  /// Fills rss, marks, phases, start, end, status, launches and what health says of phases.
  /// `last_stamp`: of the last thing recorded.
  void finish(uint64_t last_stamp, LiveHeap& heap, ProcessHeap& result);

 private:
  struct Announced {
    Launch launch;
    bool failed = false;
  };

  void add_sample(const format::SampleRecord& record);
  void add_mark(const MarkItem& item, LiveHeap& heap);
  void add_exec(const ExecItem& item, uint32_t thread);
  void add_exec_failed(uint32_t thread);
  void add_exit(const format::ExitRecord& record);
  void note_rss(uint64_t time_ns, const format::RssFields& rss);
  void finish_rss(ProcessHeap& result);
  void finish_end(ProcessHeap& result) const;

  /// From CLOCK_MONOTONIC to the run's clock; also the last thing recorded so far.
  uint64_t time_of(uint64_t monotonic_ns);
  Phases::Edge edge(uint64_t time_ns, uint64_t stamp, LiveHeap& heap) const;

  const StampClock& clock_;
  const uint64_t run_start_ns_;
  const uint64_t start_ns_;
  uint64_t last_ns_;  ///< on the run's clock
  std::vector<Mark> marks_;
  Phases phases_;
  Rss rss_;
  uint64_t rss_now_bytes_ = 0;
  std::vector<Announced> launches_;
  std::map<uint32_t, size_t> last_exec_of_thread_;  ///< indexes into launches_
  std::optional<uint64_t> exit_ns_;
  std::optional<int32_t> status_;
};

}  // namespace memprof::heap
