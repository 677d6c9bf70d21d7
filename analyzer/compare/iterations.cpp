#include "analyzer/compare/iterations.h"

#include <numeric>

#include "analyzer/compare/process_match.h"
#include "analyzer/profile/stack_rows.h"

namespace memprof::compare {
namespace {

constexpr size_t kNone = SIZE_MAX;

Figures figures_of(const heap::ProcessHeap& heap) {
  return {heap.totals.peak_bytes, heap.rss.peak_bytes, heap.totals.live_bytes,
          heap.totals.allocations};
}

/// Who a process is, without what it did.
profile::Process skeleton_of(const profile::Process& process) {
  profile::Process skeleton;
  skeleton.id = process.id;
  skeleton.parent = process.parent;
  skeleton.identity = process.identity;
  return skeleton;
}

}  // namespace

Iterations::Iterations(const Suppressions& suppressions) : suppressions_(suppressions) {}

void Iterations::begin(const Side& side) {
  if (!stacks_) stacks_.emplace(std::vector<const profile::Addresses*>{&side.names.addresses()});
  figures_.emplace_back();
}

SiteSeries& Iterations::series_of(SiteSeries::What what, StackNumber stack, bool& is_new) {
  std::vector<size_t>& known = site_of_stack_[what == SiteSeries::What::kLive ? 0 : 1];
  const auto number = static_cast<uint32_t>(stack);
  if (number >= known.size()) known.resize(std::max<size_t>(number + 1, stacks_->stacks()), kNone);
  is_new = known[number] == kNone;
  if (is_new) {
    known[number] = sites_.size();
    sites_.push_back({what, stack, std::nullopt, {}});
  }
  return sites_[known[number]];
}

void Iterations::add_sites(const Side& side, SiteSeries::What what) {
  SideStacks stacks(side, *stacks_);
  SuppressionMatcher matcher(suppressions_, side.names);
  for (const size_t process : side.processes) {
    stacks.visit(process, [&](StackNumber stack, size_t site, const heap::Held& held) {
      bool is_new = false;
      SiteSeries& series = series_of(what, stack, is_new);
      if (is_new) {
        const heap::ContextId context = side.run.processes[process].heap.sites[site].context;
        series.suppression = matcher.find(profile::addresses_of(side.run, side.names.addresses(),
                                                                {process, context, {}, nullptr}));
      }
      series.bytes.resize(count());
      series.bytes.back() += held.bytes;
    });
  }
  for (SiteSeries& series : sites_) series.bytes.resize(count());
}

void Iterations::add_processes(const Side& end) {
  std::vector<size_t> all(processes_.size());
  std::iota(all.begin(), all.end(), size_t{0});
  const std::vector<ProcessPair> pairs = match_processes(first_, all, end.run, end.processes);
  for (ProcessSeries& series : processes_) series.figures.resize(count());
  for (const ProcessPair& pair : pairs) {
    if (!pair.after) continue;
    const profile::Process& process = end.run.processes[*pair.after];
    size_t index = pair.before.value_or(processes_.size());
    if (!pair.before) {
      first_.processes.push_back(skeleton_of(process));
      processes_.push_back({skeleton_of(process), {}});
      processes_.back().figures.resize(count());
    }
    processes_[index].figures.back() = figures_of(process.heap);
  }
}

void Iterations::add_run(const Side& peak, const Side& end) {
  begin(end);
  Figures& sum = figures_.back();
  sum.heap_peak_bytes = end.run.tree.peak_heap_bytes;
  sum.rss_peak_bytes = end.run.tree.peak_rss_bytes;
  for (const size_t process : end.processes) {
    sum.live_bytes += end.run.processes[process].heap.totals.live_bytes;
    sum.allocations += end.run.processes[process].heap.totals.allocations;
  }
  add_processes(end);
  add_sites(end, SiteSeries::What::kLive);
  add_sites(peak, SiteSeries::What::kPeak);
}

void Iterations::add_phase(const Side& end, const heap::Phase& phase) {
  begin(end);
  figures_.back() = {phase.heap_peak_bytes, phase.rss_peak_bytes, phase.heap_end_bytes,
                     phase.allocations};
  if (processes_.empty())
    processes_.push_back({skeleton_of(end.run.processes[end.processes.front()]), {}});
  processes_.front().figures.emplace_back(figures_.back());
  add_sites(end, SiteSeries::What::kLive);
}

Growth Iterations::judge(size_t warmup) const {
  std::vector<std::vector<uint64_t>> series;
  std::vector<size_t> of_series;
  for (size_t i = 0; i < sites_.size(); ++i) {
    if (sites_[i].suppression) continue;
    series.push_back(sites_[i].bytes);
    of_series.push_back(i);
  }
  Growth growth = judge_growth(series, warmup);
  // Without any site there is still the question whether anything could have been seen.
  growth.iterations = count() - std::min(warmup, count());
  if (growth.iterations < 2 && growth.verdict == Verdict::kClean)
    growth.verdict = Verdict::kInconclusive;
  for (std::vector<SeriesGrowth>* list : {&growth.grown, &growth.suspects}) {
    for (SeriesGrowth& one : *list) one.series = of_series[one.series];
  }
  return growth;
}

}  // namespace memprof::compare
