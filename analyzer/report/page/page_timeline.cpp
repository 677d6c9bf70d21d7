#include "analyzer/report/page/page_timeline.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "analyzer/profile/selection.h"
#include "analyzer/profile/tree_peak.h"

namespace memprof::report {
namespace {

using profile::kStepNs;

constexpr size_t kSeriesMax = 8;
constexpr size_t kNamedMax = 2000;  ///< phases and marks

/// Who is drawn as what.
struct Series {
  std::vector<std::string> names;
  std::vector<size_t> of;  ///< as the processes
};

Series by_process(const profile::Run& run, const std::vector<size_t>& processes) {
  Series series;
  for (const size_t index : processes) {
    series.of.push_back(series.names.size());
    const profile::Process& process = run.processes[index];
    series.names.push_back(profile::base_name(process.identity.exe) + " " +
                           std::to_string(process.identity.pid));
  }
  return series;
}

/// The executables whose processes' peaks add up to most, and the others together.
Series by_executable(const profile::Run& run, const std::vector<size_t>& processes) {
  std::map<std::string, uint64_t> peaks;
  for (const size_t index : processes) {
    const profile::Process& process = run.processes[index];
    peaks[profile::base_name(process.identity.exe)] += process.heap.totals.peak_bytes;
  }
  std::vector<std::pair<uint64_t, std::string>> order;
  for (const auto& [name, bytes] : peaks) order.emplace_back(bytes, name);
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  const bool rest = order.size() > kSeriesMax;
  if (rest) order.resize(kSeriesMax - 1);
  Series series;
  std::map<std::string, size_t> number;
  for (const auto& [bytes, name] : order) {
    number[name] = series.names.size();
    series.names.push_back(name);
  }
  for (const size_t index : processes) {
    const auto found = number.find(profile::base_name(run.processes[index].identity.exe));
    series.of.push_back(found == number.end() ? order.size() : found->second);
  }
  if (rest) series.names.push_back("other executables");
  return series;
}

struct SeriesChange {
  uint64_t step;
  size_t series;
  uint64_t delta;  ///< modulo 2^64
};

/// The series' values in each of `points` intervals of `steps_each` steps: those of the step at
/// which their sum is largest.
Json highest_points(std::vector<SeriesChange> changes, size_t series, size_t points,
                    uint64_t steps_each) {
  std::stable_sort(changes.begin(), changes.end(),
                   [](const SeriesChange& a, const SeriesChange& b) { return a.step < b.step; });
  std::vector<Json> columns(series, Json::array());
  std::vector<uint64_t> now(series);
  std::vector<uint64_t> best(series);
  uint64_t sum = 0;
  size_t i = 0;
  const auto apply = [&](uint64_t step) {
    for (; i < changes.size() && changes[i].step <= step; ++i) {
      now[changes[i].series] += changes[i].delta;
      sum += changes[i].delta;
    }
  };
  for (size_t point = 0; point < points; ++point) {
    const uint64_t first = point * steps_each;
    apply(first);
    best = now;
    uint64_t best_sum = sum;
    while (i < changes.size() && changes[i].step < first + steps_each) {
      apply(changes[i].step);
      if (sum > best_sum) {
        best = now;
        best_sum = sum;
      }
    }
    for (size_t one = 0; one < series; ++one) columns[one].push_back(best[one]);
  }
  return columns;
}

std::vector<SeriesChange> heap_changes(const profile::Run& run,
                                       const std::vector<size_t>& processes, const Series& series) {
  std::vector<SeriesChange> all;
  std::vector<profile::Change> own;
  for (size_t i = 0; i < processes.size(); ++i) {
    own.clear();
    profile::add_heap_changes(run.processes[processes[i]].heap, own);
    for (const profile::Change& change : own)
      all.push_back({change.step, series.of[i], change.delta});
  }
  return all;
}

std::vector<SeriesChange> rss_changes(const profile::Run& run, const std::vector<size_t>& processes,
                                      const Series& series) {
  std::vector<SeriesChange> all;
  for (size_t i = 0; i < processes.size(); ++i) {
    const heap::ProcessHeap& heap = run.processes[processes[i]].heap;
    const profile::Lifetime life = profile::lifetime_of(heap);
    uint64_t last = 0;
    for (const heap::RssSample& sample : heap.rss.samples) {
      const uint64_t step = std::max(sample.time_ns / kStepNs, life.first_step);
      if (step > life.last_step) break;
      all.push_back({step, series.of[i], sample.bytes - last});
      last = sample.bytes;
    }
    all.push_back({life.last_step + 1, series.of[i], 0 - last});
  }
  return all;
}

}  // namespace

Json timeline_json(const profile::Run& run, const std::vector<size_t>& processes,
                   PageStrings& strings) {
  const Series series =
      processes.size() <= kSeriesMax ? by_process(run, processes) : by_executable(run, processes);
  const uint64_t steps = run.duration_ns / kStepNs + 1;
  const uint64_t steps_each = (steps + kTimelinePointsMax - 1) / kTimelinePointsMax;
  const auto points = static_cast<size_t>((steps + steps_each - 1) / steps_each);
  Json names = Json::array();
  for (const std::string& name : series.names) names.push_back(strings.id(name));
  Json phases = Json::array();
  Json marks = Json::array();
  for (const size_t index : processes) {
    const profile::Process& process = run.processes[index];
    for (const heap::Phase& phase : process.heap.phases) {
      if (phases.size() == kNamedMax) break;
      phases.push_back({strings.id(phase.name), process.id, phase.begin_ns, phase.end_ns,
                        phase.heap_peak_bytes});
    }
    for (const heap::Mark& mark : process.heap.marks) {
      if (marks.size() == kNamedMax) break;
      marks.push_back({strings.id(mark.name), process.id, mark.time_ns, mark.heap_bytes});
    }
  }
  return {{"step_ns", steps_each * kStepNs},
          {"points", points},
          {"series", std::move(names)},
          {"heap", highest_points(heap_changes(run, processes, series), series.names.size(), points,
                                  steps_each)},
          {"rss", highest_points(rss_changes(run, processes, series), series.names.size(), points,
                                 steps_each)},
          {"phases", std::move(phases)},
          {"marks", std::move(marks)}};
}

}  // namespace memprof::report
