#include "analyzer/heap/timeline.h"

#include <algorithm>

namespace memprof::heap {

namespace {

uint64_t difference(uint64_t a, uint64_t b) {
  return a > b ? a - b : 0;
}

}  // namespace

Timeline::Timeline(const StampClock& clock, uint64_t run_start_ns, uint64_t process_start_ns)
    : clock_(clock),
      run_start_ns_(run_start_ns),
      start_ns_(difference(process_start_ns, run_start_ns)),
      last_ns_(start_ns_) {}

uint64_t Timeline::time_of(uint64_t monotonic_ns) {
  const uint64_t time_ns = difference(monotonic_ns, run_start_ns_);
  last_ns_ = std::max(last_ns_, time_ns);
  return time_ns;
}

void Timeline::add(const TimelineItem& item, uint32_t thread, LiveHeap& heap) {
  if (const auto* sample = std::get_if<format::SampleRecord>(&item)) {
    add_sample(*sample);
  } else if (const auto* mark = std::get_if<MarkItem>(&item)) {
    add_mark(*mark, heap);
  } else if (const auto* exec = std::get_if<ExecItem>(&item)) {
    add_exec(*exec, thread);
  } else if (std::holds_alternative<format::ExecFailedRecord>(item)) {
    add_exec_failed(thread);
  } else if (const auto* exit = std::get_if<format::ExitRecord>(&item)) {
    add_exit(*exit);
  }
}

void Timeline::note_rss(uint64_t time_ns, const format::RssFields& rss) {
  rss_.own_bytes = std::max(rss_.own_bytes, rss.own_bytes);
  rss_.peak_bytes = std::max(rss_.peak_bytes, difference(rss.peak_rss_bytes, rss.own_bytes));
  if (rss.rss_bytes == 0) return;
  rss_now_bytes_ = difference(rss.rss_bytes, rss.own_bytes);
  rss_.samples.push_back({time_ns, rss_now_bytes_});
}

void Timeline::add_sample(const format::SampleRecord& record) {
  note_rss(time_of(record.clock.monotonic_ns), record.rss);
}

Phases::Edge Timeline::edge(uint64_t time_ns, uint64_t stamp, LiveHeap& heap) const {
  const LiveHeap::Highest highest = heap.take_highest(stamp);
  const uint64_t highest_ns = difference(clock_.monotonic_ns(highest.stamp), run_start_ns_);
  return {
      time_ns, heap.live_bytes(), {highest.bytes, highest_ns}, rss_now_bytes_, heap.allocations()};
}

void Timeline::add_mark(const MarkItem& item, LiveHeap& heap) {
  const uint64_t time_ns = time_of(item.record.clock.monotonic_ns);
  note_rss(time_ns, item.record.rss);
  const uint64_t stamp = item.record.clock.stamp;
  switch (static_cast<format::MarkKind>(item.record.kind)) {
    case format::MarkKind::kMark:
      heap.reach(SnapshotPoint::What::kMark, marks_.size());
      marks_.push_back({item.name, time_ns, heap.live_bytes(), rss_now_bytes_});
      break;
    case format::MarkKind::kPhaseBegin:
      heap.reach(SnapshotPoint::What::kPhaseBegin,
                 phases_.begin(item.name, item.record.thread, edge(time_ns, stamp, heap)));
      break;
    case format::MarkKind::kPhaseEnd:
      if (const auto closed =
              phases_.end(item.name, item.record.thread, edge(time_ns, stamp, heap))) {
        heap.reach(SnapshotPoint::What::kPhaseEnd, *closed);
      }
      break;
  }
}

namespace {

Unfollowed unfollowed(uint32_t flags) {
  if ((flags & format::kExecUnfollowed) != 0) return Unfollowed::kUnreachable;
  if ((flags & format::kExecSandboxed) != 0) return Unfollowed::kSandboxed;
  if ((flags & format::kExecTooLarge) != 0) return Unfollowed::kTooLarge;
  return Unfollowed::kNo;
}

}  // namespace

void Timeline::add_exec(const ExecItem& item, uint32_t thread) {
  Launch launch;
  launch.path = item.path;
  launch.pid = item.record.pid;
  launch.time_ns = time_of(item.record.clock.monotonic_ns);
  launch.own = item.record.how == static_cast<uint32_t>(format::ExecHow::kExec);
  launch.unfollowed = unfollowed(item.record.flags);
  last_exec_of_thread_[thread] = launches_.size();
  launches_.push_back({std::move(launch), false});
}

void Timeline::add_exec_failed(uint32_t thread) {
  const auto last = last_exec_of_thread_.find(thread);
  if (last == last_exec_of_thread_.end()) return;
  launches_[last->second].failed = true;
  last_exec_of_thread_.erase(last);
}

void Timeline::add_exit(const format::ExitRecord& record) {
  const uint64_t time_ns = time_of(record.clock.monotonic_ns);
  exit_ns_ = std::max(exit_ns_.value_or(0), time_ns);
  if (record.status_known != 0) status_ = record.status;
}

void Timeline::finish_rss(ProcessHeap& result) {
  std::vector<RssSample>& samples = rss_.samples;
  std::stable_sort(samples.begin(), samples.end(),
                   [](const RssSample& a, const RssSample& b) { return a.time_ns < b.time_ns; });
  if (!samples.empty()) {
    rss_.baseline_bytes = samples.front().bytes;
    rss_.end_bytes = samples.back().bytes;
  }
  for (const RssSample& sample : samples) {
    rss_.peak_bytes = std::max(rss_.peak_bytes, sample.bytes);
  }
  result.rss = std::move(rss_);
}

void Timeline::finish_end(ProcessHeap& result) const {
  result.start_ns = start_ns_;
  result.end_ns = last_ns_;
  if (exit_ns_) {
    result.end = End::kExit;
    result.end_ns = *exit_ns_;
    result.status_known = status_.has_value();
    result.status = status_.value_or(0);
  }
  for (const Launch& launch : result.launches) {
    // An exec that worked is the last thing its process did; an exit before it was another thread's
    // try.
    if (!launch.own || (exit_ns_ && launch.time_ns < *exit_ns_)) continue;
    result.end = End::kExec;
    result.end_ns = launch.time_ns;
    result.status_known = false;
    result.status = 0;
  }
}

void Timeline::finish(uint64_t last_stamp, LiveHeap& heap, ProcessHeap& result) {
  time_of(clock_.monotonic_ns(last_stamp));
  for (Announced& announced : launches_) {
    if (!announced.failed) result.launches.push_back(std::move(announced.launch));
  }
  finish_rss(result);
  finish_end(result);
  phases_.finish(edge(result.end_ns, last_stamp, heap), result.rss.samples);
  result.health.unmatched_phase_ends = phases_.unmatched_ends();
  result.phases = phases_.take();
  result.marks = std::move(marks_);
}

}  // namespace memprof::heap
