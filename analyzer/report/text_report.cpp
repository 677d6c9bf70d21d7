#include "analyzer/report/text_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "analyzer/profile/selection.h"
#include "analyzer/report/moment_text.h"
#include "analyzer/report/quantity.h"
#include "analyzer/report/site_table.h"
#include "analyzer/report/text_escape.h"
#include "analyzer/report/text_health.h"
#include "analyzer/report/text_phases.h"
#include "analyzer/report/text_sections.h"

namespace memprof::report {
namespace {

/// The moment that the report is about, when one was asked for.
const profile::RunMoment* asked_moment(const TextContext& context) {
  return context.run.moments.empty() ? nullptr : &context.run.moments.front();
}

std::string moment_title(const profile::RunMoment& moment, const profile::Run& run,
                         const std::vector<size_t>& processes) {
  const std::string title = "top allocators at " + moment_text(moment.moment);
  if (moment.own_clocks || run.processes.size() == 1) {
    const profile::Process& process = run.processes[processes.front()];
    const auto own = moment.processes.find(processes.front());
    const uint64_t time_ns = own == moment.processes.end() ? moment.time_ns : own->second.time_ns;
    const uint64_t since_ns = std::max(time_ns, process.heap.start_ns) - process.heap.start_ns;
    return fmt::format("{} (after {})", title, duration_text(since_ns));
  }
  return fmt::format("{} (after {}, {} alive)", title, duration_text(moment.time_ns),
                     counted(moment.processes.size(), "process", "processes"));
}

std::string title_of(const TextContext& context, Metric metric,
                     const std::vector<size_t>& processes) {
  switch (metric) {
    case Metric::kMoment:
      if (const profile::RunMoment* moment = asked_moment(context))
        return moment_title(*moment, context.run, processes);
      return fmt::format("top allocators at the tree's peak (after {}, {} alive)",
                         duration_text(context.run.tree.peak_time_ns),
                         counted(context.run.tree.alive_at_peak.size(), "process", "processes"));
    case Metric::kPeak: {
      const heap::ProcessHeap& heap = context.run.processes[processes.front()].heap;
      // Beside how long the process took, so counted from its own start.
      const uint64_t peak_ns = std::max(heap.totals.peak_time_ns, heap.start_ns);
      return fmt::format("top allocators at the peak (after {})",
                         duration_text(peak_ns - heap.start_ns));
    }
    case Metric::kLive:
      return "top allocators by what is live at the end";
    case Metric::kAllocated:
      return "top allocators by bytes allocated";
    case Metric::kAllocations:
      return "top allocators by number of allocations";
    case Metric::kTemporary:
      return "top allocators by temporary allocations (freed before the thread's next one)";
  }
  return "";
}

void write_sites(const TextContext& context, const std::vector<size_t>& processes, bool tree,
                 bool details) {
  const profile::RunMoment* moment = asked_moment(context);
  SiteTable table;
  table.processes = processes;
  table.metric = metric_of(context.options.by, tree || moment != nullptr);
  if (moment != nullptr) table.held = profile::held_of(*moment);
  table.title = title_of(context, table.metric, processes);
  table.cwd = context.run.processes[processes.front()].identity.cwd;
  table.details = details;
  write_site_table(context, table);
}

/// What an ended process left behind; of one that still runs nothing can be said.
void write_leak_candidates(const TextContext& context, size_t index) {
  const profile::Process& process = context.run.processes[index];
  const bool ended = process.heap.end != heap::End::kOpen;
  if (!context.options.details || !ended || process.heap.totals.live_blocks == 0) return;
  SiteTable table;
  table.processes = {index};
  table.metric = Metric::kLive;
  table.title = "leak candidates: live when the process ended";
  table.cwd = process.identity.cwd;
  write_site_table(context, table);
}

void write_process(const TextContext& context, size_t index) {
  const profile::Process& process = context.run.processes[index];
  write_process_line(context, process);
  const profile::RunMoment* moment = asked_moment(context);
  if (moment != nullptr && moment->own_clocks && !moment->processes.contains(index)) {
    context.out << "\nthis process has no such moment: " << printable(moment->moment.text) << "\n";
  } else {
    write_sites(context, {index}, false, true);
  }
  write_leak_candidates(context, index);
  write_totals(context, {index});
  write_phases(context, index);
  write_health(context, {index});
}

std::vector<size_t> all_processes(const profile::Run& run) {
  std::vector<size_t> all(run.processes.size());
  std::iota(all.begin(), all.end(), size_t{0});
  return all;
}

}  // namespace

void write_text_report(std::ostream& out, const profile::Run& run, profile::FrameSource& source,
                       const Options& options) {
  const profile::Addresses addresses(run);
  profile::Names names(addresses, source);
  const TextContext context{out, run, names, options};
  if (options.process.empty() && run.processes.size() > 1) {
    const std::vector<size_t> all = all_processes(run);
    write_tree_line(context);
    write_executables(context);
    write_sites(context, all, true, true);
    write_totals(context, all);
    write_health(context, all);
    return;
  }
  bool first = true;
  for (const size_t index : profile::select_processes(run, options.process)) {
    if (!first) out << "\n";
    first = false;
    write_process(context, index);
  }
}

void write_summary(std::ostream& out, const profile::Run& run, profile::FrameSource& source,
                   const Options& options) {
  const profile::Addresses addresses(run);
  profile::Names names(addresses, source);
  const TextContext context{out, run, names, options};
  const bool tree = run.processes.size() > 1;
  if (tree) {
    write_tree_line(context);
  } else {
    write_process_line(context, run.processes.front());
  }
  write_sites(context, all_processes(run), tree, false);
}

}  // namespace memprof::report
