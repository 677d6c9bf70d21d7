#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "analyzer/heap/details_recorder.h"
#include "analyzer/heap/hint.h"
#include "analyzer/heap/live_map.h"
#include "analyzer/heap/process_heap.h"
#include "analyzer/heap/site_states.h"
#include "analyzer/heap/stamp_clock.h"

namespace memprof::heap {

/// The heap of one process as its events are applied in merged order: which blocks live, what each
/// site holds, and every figure that is a maximum over time.
///
/// A maximum over time of each site, at a moment only known afterwards, would cost a walk over all
/// sites at each new peak, and a growing heap makes a new peak at every birth. Instead the moments
/// are counted. A site remembers how many there had been when it last changed; when it changes
/// again, and the count has gone on, then what it held until now is what it held at the latest of
/// them. That is one comparison an event, and exact. New peaks and all snapshots that are asked for
/// share the count.
class LiveHeap {
 public:
  /// Where an event stands: on the clock, and whose it is (a small number for each thread).
  struct Moment {
    uint64_t stamp;
    uint32_t thread;
  };

  /// `run_start_ns` on CLOCK_MONOTONIC. Steps and times are noticed by themselves; of marks and
  /// phases it has to be told.
  LiveHeap(const StampClock& clock, uint64_t run_start_ns,
           const std::vector<SnapshotPoint>& snapshots, bool details = false);

  /// REQUIRES: stamps never fall from one event to the next.
  /// A block that still lives at the address ends as lost: it counts as freed, so that allocations
  /// - frees = live blocks holds, but never as temporary.
  void birth(Moment moment, uint64_t address, uint64_t size, uint32_t site) {
    enter_step(moment.stamp);
    if (site >= sites_.size()) [[unlikely]]
      sites_.grow(site + 1);
    const LiveBlock block{address, size, ++births_, site};
    const auto [slot, is_new] = map_.emplace(block);
    if (!is_new) [[unlikely]] {
      ++reused_live_;
      if (details_) details_->end(*slot, moment.stamp, births_ - 1);
      end(slot->site, slot->size);
      *slot = block;
    }
    if (details_) [[unlikely]]
      details_->birth(block, moment.stamp, moment.thread);
    if (moment.thread >= last_birth_.size()) [[unlikely]]
      last_birth_.resize(moment.thread + 1);
    last_birth_[moment.thread] = births_;
    SiteState& state = settled(site);
    ++state.allocations;
    state.bytes_allocated += size;
    state.live_bytes += size;
    live_bytes_ += size;
    if (live_bytes_ > nothing_new_below_) rise(moment.stamp);
  }

  /// False when no block lives at the address; nothing is counted then.
  bool death(Moment moment, uint64_t address) {
    LiveBlock* block = map_.find(address);
    if (block == nullptr) return false;
    enter_step(moment.stamp);
    const bool temporary =
        moment.thread < last_birth_.size() && last_birth_[moment.thread] == block->birth;
    if (details_) [[unlikely]]
      details_->end(*block, moment.stamp, births_);
    end(block->site, block->size).temporary += temporary ? 1 : 0;
    map_.erase(block);
    return true;
  }

  /// Three hints at what will be asked for soon: the block at an address, a site, and the site of
  /// the block at an address that was hinted at a while ago.
  MEMPROF_HINT void prefetch(uint64_t address) const { map_.prefetch(address); }
  MEMPROF_HINT void prefetch_site(uint32_t site) const {
    if (site < sites_.size()) __builtin_prefetch(&sites_[site], 1);
  }
  MEMPROF_HINT void prefetch_site_at(uint64_t address) const {
    const LiveBlock* block = map_.likely(address);
    if (block != nullptr) prefetch_site(block->site);
  }

  LiveMap& map() { return map_; }
  uint64_t live_bytes() const { return live_bytes_; }
  uint64_t live_blocks() const { return map_.size(); }
  uint64_t allocations() const { return births_; }
  uint64_t reused_live() const { return reused_live_; }

  struct Highest {
    uint64_t bytes;
    uint64_t stamp;  ///< the first moment of them
  };
  /// The highest live bytes since the last call (or the beginning), the present ones included.
  /// `stamp`: now.
  Highest take_highest(uint64_t stamp);

  /// A mark, or a phase's begin or end, is reached.
  void reach(SnapshotPoint::What what, uint64_t index);

  /// Ends the recording: settles all sites and the last step. Nothing may be applied afterwards.
  void finish();

  /// After finish: by site number.
  Counts counts(uint32_t site) const { return sites_[site].counts(); }
  uint32_t sites() const { return sites_.size(); }
  std::vector<Step> take_steps() { return std::move(steps_); }
  /// By snapshot, then site.
  std::vector<std::vector<Held>> take_snapshots();
  /// By site; empty unless asked for. `stamp`: the end of the recording.
  std::vector<SiteDetails> take_details(uint64_t stamp);
  /// The stamp of the peak's event; none when the heap never held a byte.
  std::optional<uint64_t> peak_stamp() const;

 private:
  /// The site, which is about to change.
  SiteState& settled(uint32_t site) {
    SiteState& state = sites_[site];
    if (state.moments_seen != moments_) catch_up(site, state);
    return state;
  }

  SiteState& end(uint32_t site, uint64_t size) {
    SiteState& state = settled(site);
    ++state.frees;
    state.live_bytes -= size;
    live_bytes_ -= size;
    return state;
  }

  void enter_step(uint64_t stamp) {
    if (stamp >= next_stamp_) [[unlikely]]
      begin_step(stamp);
  }

  struct Snapshot {
    SnapshotPoint point;
    enum class State { kAhead, kWithin, kDone } state = State::kAhead;
    uint64_t stamp = 0;    ///< kTime: the first one that lies after the moment
    uint64_t highest = 0;  ///< kWithin: of the interval whose highest moment is wanted, so far
    uint64_t last_moment = 0;
    std::vector<Held> held;  ///< by site, as far as sites have changed since
  };

  void catch_up(uint32_t site, SiteState& state);
  void rise(uint64_t stamp);
  void begin_step(uint64_t stamp);
  void close_step();
  void take(Snapshot& snapshot) { snapshot.last_moment = ++moments_; }
  void open_interval(Snapshot& snapshot);
  void pass_times(uint64_t stamp);
  void pass_steps(uint64_t step);
  void note_thresholds();

  const StampClock& clock_;
  const uint64_t run_start_ns_;

  LiveMap map_;
  SiteStates sites_;
  std::vector<uint64_t> last_birth_;  ///< of each thread, as LiveBlock::birth counts
  uint64_t births_ = 0;
  uint64_t live_bytes_ = 0;
  uint64_t reused_live_ = 0;

  // The lowest of step_highest_, highest_since_take_ and what open intervals had at most. None is
  // above peak_bytes_, so one comparison says that there is nothing to note.
  uint64_t nothing_new_below_ = 0;
  Highest since_take_{0, 0};
  uint64_t peak_bytes_ = 0;
  uint64_t peak_stamp_ = 0;

  uint64_t moments_ = 0;
  uint64_t last_peak_moment_ = 0;
  std::vector<Snapshot> snapshots_;
  std::optional<DetailsRecorder> details_;

  std::vector<Step> steps_;
  bool in_step_ = false;
  uint64_t step_ = 0;
  uint64_t step_highest_ = 0;
  uint64_t step_end_stamp_ = 0;  ///< the first stamp that is not in the step
  uint64_t next_stamp_ = 0;      ///< the step's end, or a moment asked for that comes before
};

}  // namespace memprof::heap
