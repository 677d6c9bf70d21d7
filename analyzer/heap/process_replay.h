#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "analyzer/heap/fork_watch.h"
#include "analyzer/heap/heritage.h"
#include "analyzer/heap/live_heap.h"
#include "analyzer/heap/process_heap.h"
#include "analyzer/heap/replay.h"
#include "analyzer/heap/stamp_clock.h"
#include "analyzer/heap/stream_cursor.h"
#include "analyzer/heap/survey.h"
#include "analyzer/heap/timeline.h"
#include "analyzer/heap/waiting_deaths.h"

namespace memprof::heap {

/// One pass over one process image: its streams merged by stamp, each event applied once.
///
///     survey the file: locations, modules, clock
///     while a stream has events left:
///         take the stream whose next event is the earliest (the lower stream first where they are
///         equal) apply its events up to the next stream's first
///
/// Used by one thread; replays of different images share nothing.
class ProcessReplay {
 public:
  /// `own`: where to ask for blocks that this image has not allocated; null when it is no fork of a
  /// known image. `children`: of the images forked from this one; they have been replayed.
  ProcessReplay(const trace::TraceFile& file, const ReplayOptions& options, Heritage* own,
                const std::vector<Heritage*>& children);
  ProcessReplay(const ProcessReplay&) = delete;
  ProcessReplay& operator=(const ProcessReplay&) = delete;

  /// REQUIRES: called once. Throws Error when the file cannot be read.
  ProcessHeap run();

 private:
  /// A stream's turn in the merge.
  struct Turn {
    uint64_t stamp;
    uint32_t stream;
    friend bool operator>(const Turn& a, const Turn& b) {
      return a.stamp != b.stamp ? a.stamp > b.stamp : a.stream > b.stream;
    }
  };

  void merge();
  /// Applies the stream's events as long as they come before `next`. False when the stream has
  /// ended.
  bool take_turn(uint32_t stream, const Turn& next);
  void prefetch(const StreamCursor& cursor, std::span<const Event> to_come) const;
  void refilled(uint32_t stream);
  void apply(const Event& event, uint32_t stream);
  void apply_birth(const Event& event, uint32_t stream);
  void apply_death(const Event& event, uint32_t stream);
  void unmatched(const WaitingDeaths::Death& death);

  void fill_sites(ProcessHeap& result);
  void fill_totals(ProcessHeap& result) const;
  void fill_health(ProcessHeap& result) const;
  uint64_t cut_stacks(const ProcessHeap& result) const;

  struct Stream {
    StreamCursor cursor;
    uint32_t thread = 0;
    bool begun = false;
  };

  const trace::TraceFile& file_;
  const ReplayOptions& options_;
  Heritage* own_;
  const trace::ChunkReader reader_;
  Survey survey_;
  const StampClock clock_;
  const uint64_t patience_stamps_;  ///< how long a death waits for its birth
  ReplayContext context_;
  LiveHeap heap_;
  Timeline timeline_;
  std::vector<Stream> streams_;
  std::optional<ForkWatch> forks_;  ///< when the image has forked children
  WaitingDeaths waiting_;
  uint64_t foreign_frees_ = 0;
  uint64_t last_stamp_;  ///< after the merge, of the last thing recorded
};

}  // namespace memprof::heap
