#include "analyzer/heap/live_heap.h"

#include <algorithm>

namespace memprof::heap {

namespace {

constexpr uint64_t kStepNs = 1'000'000;

}  // namespace

LiveHeap::LiveHeap(const StampClock& clock, uint64_t run_start_ns,
                   const std::vector<SnapshotPoint>& snapshots, bool details)
    : clock_(clock), run_start_ns_(run_start_ns) {
  if (details) details_.emplace(clock);
  for (const SnapshotPoint& point : snapshots) {
    Snapshot snapshot;
    snapshot.point = point;
    if (point.what == SnapshotPoint::What::kTime) {
      // The sum cannot be told from the end of time when it wraps.
      const uint64_t after_ns = run_start_ns + point.value + 1;
      snapshot.stamp = after_ns > run_start_ns ? clock.first_stamp_at(after_ns) : UINT64_MAX;
    }
    snapshots_.push_back(std::move(snapshot));
  }
}

void LiveHeap::catch_up(uint32_t site, SiteState& state) {
  if (state.moments_seen < last_peak_moment_) {
    state.peak_bytes = state.live_bytes;
    state.peak_blocks = state.live_blocks();
  }
  for (Snapshot& snapshot : snapshots_) {
    if (state.moments_seen >= snapshot.last_moment) continue;
    if (site >= snapshot.held.size()) snapshot.held.resize(sites_.size());
    snapshot.held[site] = {state.live_bytes, state.live_blocks()};
  }
  state.moments_seen = moments_;
}

void LiveHeap::rise(uint64_t stamp) {
  if (live_bytes_ > since_take_.bytes) since_take_ = {live_bytes_, stamp};
  step_highest_ = std::max(step_highest_, live_bytes_);
  for (Snapshot& snapshot : snapshots_) {
    if (snapshot.state != Snapshot::State::kWithin || live_bytes_ <= snapshot.highest) continue;
    snapshot.highest = live_bytes_;
    take(snapshot);
  }
  if (live_bytes_ > peak_bytes_) {
    peak_bytes_ = live_bytes_;
    peak_stamp_ = stamp;
    last_peak_moment_ = ++moments_;
  }
  note_thresholds();
}

void LiveHeap::note_thresholds() {
  nothing_new_below_ = std::min(step_highest_, since_take_.bytes);
  for (const Snapshot& snapshot : snapshots_) {
    if (snapshot.state != Snapshot::State::kWithin) continue;
    nothing_new_below_ = std::min(nothing_new_below_, snapshot.highest);
  }
}

LiveHeap::Highest LiveHeap::take_highest(uint64_t stamp) {
  const Highest highest = since_take_;
  since_take_ = {live_bytes_, stamp};
  note_thresholds();
  return highest;
}

/// What lives as an interval begins is its first candidate, and the only one when it has no event.
void LiveHeap::open_interval(Snapshot& snapshot) {
  take(snapshot);
  snapshot.highest = live_bytes_;
  snapshot.state = Snapshot::State::kWithin;
}

void LiveHeap::reach(SnapshotPoint::What what, uint64_t index) {
  using What = SnapshotPoint::What;
  for (Snapshot& snapshot : snapshots_) {
    if (snapshot.point.value != index) continue;
    if (snapshot.point.what == what && snapshot.state == Snapshot::State::kAhead) {
      take(snapshot);
      snapshot.state = Snapshot::State::kDone;
    } else if (snapshot.point.what == What::kPhasePeak) {
      if (what == What::kPhaseBegin && snapshot.state == Snapshot::State::kAhead) {
        open_interval(snapshot);
      } else if (what == What::kPhaseEnd) {
        snapshot.state = Snapshot::State::kDone;
      }
    }
  }
  note_thresholds();
}

void LiveHeap::close_step() {
  if (in_step_) steps_.push_back({step_, step_highest_, live_bytes_});
}

void LiveHeap::pass_times(uint64_t stamp) {
  for (Snapshot& snapshot : snapshots_) {
    if (snapshot.point.what != SnapshotPoint::What::kTime) continue;
    if (snapshot.state != Snapshot::State::kAhead || snapshot.stamp > stamp) continue;
    take(snapshot);
    snapshot.state = Snapshot::State::kDone;
  }
}

void LiveHeap::pass_steps(uint64_t step) {
  for (Snapshot& snapshot : snapshots_) {
    if (snapshot.point.what != SnapshotPoint::What::kStep) continue;
    if (snapshot.state == Snapshot::State::kWithin) snapshot.state = Snapshot::State::kDone;
    if (snapshot.state != Snapshot::State::kAhead || step < snapshot.point.value) continue;
    open_interval(snapshot);
    if (step > snapshot.point.value) snapshot.state = Snapshot::State::kDone;
  }
}

void LiveHeap::begin_step(uint64_t stamp) {
  pass_times(stamp);
  const uint64_t now_ns = clock_.monotonic_ns(stamp);
  const uint64_t step = now_ns > run_start_ns_ ? (now_ns - run_start_ns_) / kStepNs : 0;
  // Within the step lies only a moment that was asked for, or the very end of the stamps' range.
  if (!in_step_ || step > step_) {
    close_step();
    pass_steps(step);
    in_step_ = true;
    step_ = step;
    step_highest_ = live_bytes_;
    note_thresholds();
    const uint64_t end_ns = run_start_ns_ + (step + 1) * kStepNs;
    step_end_stamp_ = end_ns > now_ns ? clock_.first_stamp_at(end_ns) : UINT64_MAX;
  }
  next_stamp_ = step_end_stamp_;
  for (const Snapshot& snapshot : snapshots_) {
    if (snapshot.point.what != SnapshotPoint::What::kTime) continue;
    if (snapshot.state == Snapshot::State::kAhead) {
      next_stamp_ = std::min(next_stamp_, snapshot.stamp);
    }
  }
}

void LiveHeap::finish() {
  close_step();
  in_step_ = false;
  for (Snapshot& snapshot : snapshots_) {
    if (snapshot.state != Snapshot::State::kAhead) continue;
    // Marks and begins that did not come are no moments; all else is not over before the end.
    using What = SnapshotPoint::What;
    const What what = snapshot.point.what;
    if (what == What::kStep || what == What::kTime || what == What::kPhaseEnd) take(snapshot);
  }
  for (uint32_t site = 0; site < sites_.size(); ++site) settled(site);
}

std::vector<std::vector<Held>> LiveHeap::take_snapshots() {
  std::vector<std::vector<Held>> result;
  for (Snapshot& snapshot : snapshots_) {
    snapshot.held.resize(sites_.size());
    result.push_back(std::move(snapshot.held));
  }
  return result;
}

std::vector<SiteDetails> LiveHeap::take_details(uint64_t stamp) {
  return details_ ? details_->take(stamp, sites_.size()) : std::vector<SiteDetails>();
}

std::optional<uint64_t> LiveHeap::peak_stamp() const {
  if (peak_bytes_ == 0) return std::nullopt;
  return peak_stamp_;
}

}  // namespace memprof::heap
