#include "analyzer/heap/live_heap.h"

#include <algorithm>

namespace memprof::heap {

namespace {

constexpr uint64_t kStepNs = 1'000'000;

}  // namespace

LiveHeap::LiveHeap(const StampClock& clock, uint64_t run_start_ns,
                   std::optional<uint64_t> snapshot_step)
    : clock_(clock),
      run_start_ns_(run_start_ns),
      snapshot_step_(snapshot_step),
      snapshot_(snapshot_step ? Snapshot::kAhead : Snapshot::kDone) {}

void LiveHeap::catch_up(SiteState& state) {
  if (state.moments_seen < last_peak_moment_) {
    state.counts.peak_bytes = state.counts.live_bytes;
    state.counts.peak_blocks = state.counts.live_blocks;
  }
  if (state.moments_seen < last_snapshot_moment_) {
    state.counts.at_bytes = state.counts.live_bytes;
    state.counts.at_blocks = state.counts.live_blocks;
  }
  state.moments_seen = moments_;
}

void LiveHeap::rise(uint64_t stamp) {
  highest_since_take_ = std::max(highest_since_take_, live_bytes_);
  if (live_bytes_ > step_highest_) {
    step_highest_ = live_bytes_;
    if (snapshot_ == Snapshot::kWithin) last_snapshot_moment_ = ++moments_;
  }
  if (live_bytes_ > peak_bytes_) {
    peak_bytes_ = live_bytes_;
    peak_stamp_ = stamp;
    last_peak_moment_ = ++moments_;
  }
  nothing_new_below_ = std::min(step_highest_, highest_since_take_);
}

uint64_t LiveHeap::take_highest() {
  const uint64_t highest = highest_since_take_;
  highest_since_take_ = live_bytes_;
  nothing_new_below_ = std::min(step_highest_, highest_since_take_);
  return highest;
}

void LiveHeap::close_step() {
  if (in_step_) steps_.push_back({step_, step_highest_, live_bytes_});
}

void LiveHeap::begin_step(uint64_t stamp) {
  const uint64_t now_ns = clock_.monotonic_ns(stamp);
  const uint64_t step = now_ns > run_start_ns_ ? (now_ns - run_start_ns_) / kStepNs : 0;
  // At the very end of the stamps' range there is no next step to wait for.
  if (in_step_ && step <= step_) return;
  close_step();
  if (snapshot_ == Snapshot::kWithin) snapshot_ = Snapshot::kDone;
  if (snapshot_ == Snapshot::kAhead && step >= *snapshot_step_) {
    // What lives as the step begins is its first candidate, and the only one when it has no event.
    last_snapshot_moment_ = ++moments_;
    snapshot_ = step == *snapshot_step_ ? Snapshot::kWithin : Snapshot::kDone;
  }
  in_step_ = true;
  step_ = step;
  step_highest_ = live_bytes_;
  nothing_new_below_ = std::min(step_highest_, highest_since_take_);
  const uint64_t end_ns = run_start_ns_ + (step + 1) * kStepNs;
  step_end_stamp_ = end_ns > now_ns ? clock_.first_stamp_at(end_ns) : UINT64_MAX;
}

void LiveHeap::finish() {
  close_step();
  in_step_ = false;
  if (snapshot_ == Snapshot::kAhead) last_snapshot_moment_ = ++moments_;
  for (SiteState& state : sites_) settle(state);
}

std::optional<uint64_t> LiveHeap::peak_stamp() const {
  if (peak_bytes_ == 0) return std::nullopt;
  return peak_stamp_;
}

}  // namespace memprof::heap
