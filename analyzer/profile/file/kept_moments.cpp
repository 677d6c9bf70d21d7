#include "analyzer/profile/file/kept_moments.h"

#include <algorithm>
#include <set>

#include "analyzer/profile/tree_peak.h"

namespace memprof::profile {
namespace {

using What = heap::SnapshotPoint::What;

/// 1, 2, 10, 20, 100 ... ms: each divides the next, and people ask for such times.
uint64_t spacing_for(uint64_t life_ns, size_t frames_max) {
  uint64_t spacing_ns = kStepNs;
  for (bool doubled = false; life_ns / spacing_ns > frames_max; doubled = !doubled)
    spacing_ns *= doubled ? 5 : 2;
  return spacing_ns;
}

/// Whether anything happened in these steps, both included.
bool any_step(const heap::ProcessHeap& heap, uint64_t first, uint64_t last) {
  const auto found =
      std::lower_bound(heap.steps.begin(), heap.steps.end(), first,
                       [](const heap::Step& step, uint64_t value) { return step.step < value; });
  return found != heap.steps.end() && found->step <= last;
}

/// Times `spacing` apart, counted from `origin`, at which the live set may have changed since the
/// one before.
void add_frames(const heap::ProcessHeap& heap, uint64_t origin_ns, size_t frames_max,
                std::set<uint64_t>& times) {
  const uint64_t end_ns = std::max(heap.start_ns, heap.end_ns);
  const uint64_t spacing_ns = spacing_for(end_ns - heap.start_ns, frames_max);
  const uint64_t before = (heap.start_ns - origin_ns) / spacing_ns;
  uint64_t last_ns = heap.start_ns;
  for (uint64_t number = before + 1; number * spacing_ns < end_ns - origin_ns; ++number) {
    const uint64_t time_ns = origin_ns + number * spacing_ns;
    if (any_step(heap, last_ns / kStepNs, time_ns / kStepNs)) times.insert(time_ns);
    last_ns = time_ns;
  }
}

}  // namespace

std::vector<KeptMoment> moments_to_keep(const heap::ProcessHeap& heap,
                                        std::optional<uint64_t> tree_step,
                                        const std::vector<uint64_t>& others, size_t frames_max) {
  std::vector<KeptMoment> kept;
  for (size_t i = 0; i < heap.marks.size(); ++i)
    kept.push_back({{What::kMark, i}, heap.marks[i].time_ns});
  for (size_t i = 0; i < heap.phases.size(); ++i) {
    kept.push_back({{What::kPhaseBegin, i}, heap.phases[i].begin_ns});
    kept.push_back({{What::kPhaseEnd, i}, heap.phases[i].end_ns});
    kept.push_back({{What::kPhasePeak, i}, heap.phases[i].heap_peak_ns});
  }
  if (tree_step) kept.push_back({{What::kStep, *tree_step}, *tree_step * kStepNs});
  std::set<uint64_t> times;
  if (heap.start_ns == 0 && frames_max != 0) {
    add_frames(heap, 0, frames_max, times);
  } else if (frames_max > 1) {
    add_frames(heap, 0, frames_max / 2, times);
    add_frames(heap, heap.start_ns, frames_max / 2, times);
  }
  times.insert(others.begin(), others.end());
  for (const uint64_t time_ns : times) kept.push_back({{What::kTime, time_ns}, time_ns});
  std::stable_sort(kept.begin(), kept.end(),
                   [](const KeptMoment& a, const KeptMoment& b) { return a.time_ns < b.time_ns; });
  return kept;
}

std::optional<KeptSource> find_kept(const heap::ProcessHeap& heap,
                                    const std::vector<KeptMoment>& kept, heap::SnapshotPoint point,
                                    uint64_t time_ns) {
  using From = KeptSource::From;
  for (size_t i = 0; i < kept.size(); ++i) {
    if (kept[i].point.what == point.what && kept[i].point.value == point.value)
      return KeptSource{From::kKept, i};
  }
  if (point.what != What::kTime && point.what != What::kStep) return std::nullopt;
  const uint64_t step = time_ns / kStepNs;
  if (!any_step(heap, 0, step)) return KeptSource{From::kNothing, 0};
  if (!any_step(heap, step, UINT64_MAX)) return KeptSource{From::kEnd, 0};
  for (size_t i = 0; i < kept.size(); ++i) {
    // Others happen in the midst of a step's events.
    if (kept[i].point.what != What::kTime) continue;
    const uint64_t other = kept[i].time_ns / kStepNs;
    if (!any_step(heap, std::min(step, other), std::max(step, other)))
      return KeptSource{From::kKept, i};
  }
  return std::nullopt;
}

std::vector<RunMoment> find_key_moments(const Run& run, size_t count) {
  if (count == 0) return {};
  uint64_t sites = 1;
  for (const Process& process : run.processes) sites += process.heap.sites.size();
  constexpr uint64_t kHeldMax = uint64_t{1} << 24;  // of 16 bytes each
  const auto frames = static_cast<size_t>(std::clamp<uint64_t>(kHeldMax / sites, 1, count));
  std::vector<RunMoment> moments;
  const uint64_t spacing_ns = spacing_for(run.duration_ns, frames);
  Moment moment;
  moment.what = Moment::What::kTime;
  for (uint64_t number = 1; number <= frames && number * spacing_ns < run.duration_ns; ++number) {
    moment.time_ns = number * spacing_ns;
    moments.push_back(find_moment(run, moment));
  }
  moment.what = Moment::What::kEnd;
  moments.push_back(find_moment(run, moment));
  moments.back().time_ns = run.duration_ns;
  return moments;
}

}  // namespace memprof::profile
