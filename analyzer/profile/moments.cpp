#include "analyzer/profile/moments.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "analyzer/base/error.h"
#include "analyzer/profile/run.h"
#include "analyzer/profile/tree_peak.h"

namespace memprof::profile {
namespace {

using From = ProcessMoment::From;
using What = Moment::What;
using Point = heap::SnapshotPoint;

/// Names listed in an error before it says "and N more".
constexpr size_t kNamesShown = 8;

/// The mark or phase that a moment names.
struct Place {
  size_t process;
  size_t index;  ///< into the process's marks or phases
  uint64_t time_ns;
};

std::string seconds_text(uint64_t time_ns) {
  return fmt::format("{:.3f} s", static_cast<double>(time_ns) / 1e9);
}

std::vector<Place> places_named(const Run& run, const Moment& moment,
                                const std::vector<size_t>& processes) {
  std::vector<Place> places;
  for (const size_t process : processes) {
    const heap::ProcessHeap& heap = run.processes[process].heap;
    for (size_t i = 0; !moment.is_phase() && i < heap.marks.size(); ++i) {
      if (heap.marks[i].name == moment.name) places.push_back({process, i, heap.marks[i].time_ns});
    }
    for (size_t i = 0; moment.is_phase() && i < heap.phases.size(); ++i) {
      if (heap.phases[i].name == moment.name)
        places.push_back({process, i, heap.phases[i].begin_ns});
    }
  }
  std::stable_sort(places.begin(), places.end(),
                   [](const Place& a, const Place& b) { return a.time_ns < b.time_ns; });
  return places;
}

std::optional<Place> find_place(const Run& run, const Moment& moment,
                                const std::vector<size_t>& processes) {
  const std::vector<Place> places = places_named(run, moment, processes);
  if (moment.occurrence > places.size()) return std::nullopt;
  return places[moment.occurrence - 1];
}

ProcessMoment at_place(const Run& run, const Moment& moment, const Place& place) {
  ProcessMoment result;
  result.from = From::kSnapshot;
  result.time_ns = place.time_ns;
  if (moment.what == What::kMark) {
    result.point = {Point::What::kMark, place.index};
    return result;
  }
  const heap::Phase& phase = run.processes[place.process].heap.phases[place.index];
  result.point = {Point::What::kPhaseBegin, place.index};
  if (moment.what == What::kPhaseEnd) {
    result.point.what = Point::What::kPhaseEnd;
    result.time_ns = phase.end_ns;
  } else if (moment.what == What::kPhasePeak) {
    result.point.what = Point::What::kPhasePeak;
    result.time_ns = phase.heap_peak_ns;
  }
  return result;
}

ProcessMoment at_time(uint64_t time_ns) {
  ProcessMoment result;
  result.from = From::kSnapshot;
  result.point = {Point::What::kTime, time_ns};
  result.time_ns = time_ns;
  return result;
}

bool alive_at(const heap::ProcessHeap& heap, uint64_t time_ns) {
  return heap.start_ns <= time_ns && time_ns <= std::max(heap.start_ns, heap.end_ns);
}

/// All processes alive at the time.
RunMoment all_at(const Run& run, const Moment& moment, uint64_t time_ns) {
  RunMoment result{moment, false, time_ns, {}};
  for (size_t i = 0; i < run.processes.size(); ++i) {
    const heap::ProcessHeap& heap = run.processes[i].heap;
    if (!alive_at(heap, time_ns)) continue;
    ProcessMoment process = at_time(time_ns);
    // What it frees or allocates past its end record still belongs to it.
    if (moment.what == What::kEnd) process.from = From::kEnd;
    if (moment.what == What::kStart) process.from = From::kNothing;
    result.processes.emplace(i, std::move(process));
  }
  return result;
}

/// Names with how often each occurs, in the order of names.
std::string names_text(const Run& run, const Moment& moment, const std::vector<size_t>& processes) {
  std::map<std::string, uint64_t> counts;
  for (const size_t process : processes) {
    const heap::ProcessHeap& heap = run.processes[process].heap;
    if (moment.is_phase()) {
      for (const heap::Phase& phase : heap.phases) ++counts[phase.name];
    } else {
      for (const heap::Mark& mark : heap.marks) ++counts[mark.name];
    }
  }
  const std::string what = moment.is_phase() ? "phases" : "marks";
  if (counts.empty()) return "no " + what + " were recorded";
  if (const auto same = counts.find(moment.name); same != counts.end()) {
    return fmt::format("it occurs {} times", same->second);
  }
  std::string text = "there are the " + what;
  size_t shown = 0;
  for (const auto& [name, count] : counts) {
    if (++shown > kNamesShown) break;
    text += (shown == 1 ? " " : ", ") + name;
  }
  if (counts.size() > kNamesShown) text += fmt::format(" and {} more", counts.size() - kNamesShown);
  return text;
}

[[noreturn]] void no_such_moment(const Moment& moment, const std::string& why) {
  throw Error("no such moment: " + moment.text + ": " + why, Error::Exit::kUsage);
}

std::vector<size_t> all_processes(const Run& run) {
  std::vector<size_t> all(run.processes.size());
  for (size_t i = 0; i < all.size(); ++i) all[i] = i;
  return all;
}

std::optional<ProcessMoment> own_moment(const Run& run, const Moment& moment, size_t process) {
  const heap::ProcessHeap& heap = run.processes[process].heap;
  ProcessMoment result;
  switch (moment.what) {
    case What::kStart:
      result.time_ns = heap.start_ns;
      return result;
    case What::kPeak:
      result.from = From::kOwnPeak;
      result.time_ns = heap.totals.peak_time_ns;
      return result;
    case What::kEnd:
      result.from = From::kEnd;
      result.time_ns = heap.end_ns;
      return result;
    case What::kTime: {
      const uint64_t life_ns = heap.end_ns - std::min(heap.start_ns, heap.end_ns);
      if (moment.time_ns > life_ns) return std::nullopt;
      return at_time(heap.start_ns + moment.time_ns);
    }
    case What::kMark:
    case What::kPhaseBegin:
    case What::kPhaseEnd:
    case What::kPhasePeak:
      break;
  }
  const auto place = find_place(run, moment, {process});
  if (!place) return std::nullopt;
  return at_place(run, moment, *place);
}

/// The live set at the tree's peak is the process's own peak when that falls into the same step.
bool peaks_in_step(const heap::ProcessHeap& heap, uint64_t step) {
  return heap.totals.peak_time_ns / kStepNs == step &&
         std::any_of(heap.steps.begin(), heap.steps.end(), [&](const heap::Step& s) {
           return s.step == step && s.highest_bytes == heap.totals.peak_bytes;
         });
}

}  // namespace

uint64_t ProcessMoment::bytes() const {
  uint64_t sum = 0;
  for (const heap::Held& site : held) sum += site.bytes;
  return sum;
}

uint64_t ProcessMoment::blocks() const {
  uint64_t sum = 0;
  for (const heap::Held& site : held) sum += site.blocks;
  return sum;
}

uint64_t RunMoment::heap_bytes() const {
  uint64_t sum = 0;
  for (const auto& [index, process] : processes) sum += process.bytes();
  return sum;
}

uint64_t RunMoment::heap_blocks() const {
  uint64_t sum = 0;
  for (const auto& [index, process] : processes) sum += process.blocks();
  return sum;
}

uint64_t rss_at(const heap::ProcessHeap& heap, uint64_t time_ns) {
  uint64_t bytes = 0;
  for (const heap::RssSample& sample : heap.rss.samples) {
    if (sample.time_ns > time_ns && bytes != 0) break;
    bytes = sample.bytes;
    if (sample.time_ns > time_ns) break;
  }
  return bytes;
}

RunMoment tree_peak_moment(const Run& run) {
  RunMoment result;
  result.moment.text = "peak";
  result.time_ns = run.tree.peak_time_ns;
  const uint64_t step = run.tree.peak_time_ns / kStepNs;
  for (const uint32_t id : run.tree.alive_at_peak) {
    ProcessMoment process;
    const bool own = peaks_in_step(run.by_id(id).heap, step);
    process.from = own ? From::kOwnPeak : From::kSnapshot;
    process.point = {Point::What::kStep, step};
    process.time_ns = result.time_ns;
    result.processes.emplace(id - 1, std::move(process));
  }
  return result;
}

RunMoment find_moment(const Run& run, const Moment& moment) {
  switch (moment.what) {
    case What::kStart:
      return all_at(run, moment, 0);
    case What::kPeak: {
      RunMoment peak = tree_peak_moment(run);
      peak.moment = moment;
      return peak;
    }
    case What::kEnd:
      return all_at(run, moment, run.duration_ns);
    case What::kTime:
      if (moment.time_ns > run.duration_ns)
        no_such_moment(moment, "the run lasted " + seconds_text(run.duration_ns));
      return all_at(run, moment, moment.time_ns);
    case What::kMark:
    case What::kPhaseBegin:
    case What::kPhaseEnd:
    case What::kPhasePeak:
      break;
  }
  const auto place = find_place(run, moment, all_processes(run));
  if (!place) no_such_moment(moment, names_text(run, moment, all_processes(run)));
  ProcessMoment own = at_place(run, moment, *place);
  RunMoment result = all_at(run, moment, own.time_ns);
  result.processes[place->process] = std::move(own);
  return result;
}

RunMoment find_own_moments(const Run& run, const Moment& moment,
                           const std::vector<size_t>& processes) {
  RunMoment result{moment, true, 0, {}};
  for (const size_t process : processes) {
    if (auto own = own_moment(run, moment, process))
      result.processes.emplace(process, std::move(*own));
  }
  if (!result.processes.empty()) return result;
  if (moment.what != What::kTime) no_such_moment(moment, names_text(run, moment, processes));
  uint64_t longest_ns = 0;
  for (const size_t process : processes) {
    const heap::ProcessHeap& heap = run.processes[process].heap;
    longest_ns = std::max(longest_ns, heap.end_ns - std::min(heap.start_ns, heap.end_ns));
  }
  no_such_moment(moment, "no process lasted longer than " + seconds_text(longest_ns));
}

}  // namespace memprof::profile
