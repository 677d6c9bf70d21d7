#include "analyzer/report/tree_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "analyzer/profile/selection.h"
#include "analyzer/report/json_values.h"
#include "analyzer/report/quantity.h"
#include "analyzer/report/text_context.h"
#include "analyzer/report/text_escape.h"
#include "analyzer/report/text_sections.h"

namespace memprof::report {
namespace {

/// Columns that stand before a command line.
constexpr size_t kNameColumn = 62;

/// Deeper ones are not moved further to the right.
constexpr uint64_t kIndentMax = 24;

class NoNames : public profile::FrameSource {
 public:
  void resolve(std::vector<symbols::Lookup>& lookups) override {
    for (symbols::Lookup& lookup : lookups) lookup.frames.assign(lookup.offsets.size(), {{}});
  }
  std::string problem(const symbols::ModuleKey&) const override { return ""; }
};

std::vector<bool> alive_at_peak(const profile::Run& run) {
  std::vector<bool> alive(run.processes.size());
  for (const uint32_t id : run.tree.alive_at_peak) alive[id - 1] = true;
  return alive;
}

/// The highest the process had in the tree's peak step: what it adds to the tree's peak.
uint64_t share_of_peak(const profile::Process& process) {
  uint64_t sum = 0;
  for (const heap::Site& site : process.heap.sites) sum += site.counts.at_bytes;
  return sum;
}

std::string columns(const std::string& peak, const std::string& at_peak, const std::string& rss,
                    const std::string& start, const std::string& time) {
  return fmt::format("  {:>10} {:>10} {:>10} {:>11} {:>11}  ", peak, at_peak, rss, start, time);
}

}  // namespace

std::vector<TreeLine> tree_lines(const profile::Run& run) {
  std::vector<std::vector<size_t>> children(run.processes.size() + 1);
  for (size_t i = 0; i < run.processes.size(); ++i) children[run.processes[i].parent].push_back(i);
  std::vector<TreeLine> lines;
  // Depth first; what is pushed last comes first.
  std::vector<TreeLine> pending;
  const auto push = [&](uint32_t parent, uint64_t depth) {
    for (auto child = children[parent].rbegin(); child != children[parent].rend(); ++child)
      pending.push_back({*child, depth});
  };
  push(0, 0);
  while (!pending.empty()) {
    const TreeLine line = pending.back();
    pending.pop_back();
    lines.push_back(line);
    push(run.processes[line.process].id, line.depth + 1);
  }
  return lines;
}

void write_text_tree(std::ostream& out, const profile::Run& run, const Options& options) {
  NoNames nobody;
  const profile::Addresses addresses(run);
  profile::Names names(addresses, nobody);
  const TextContext context{out, run, names, options};
  const std::vector<bool> alive = alive_at_peak(run);
  write_tree_line(context);
  out << "\n" << context.bold("processes");
  out << fmt::format(" (* alive at the tree's peak: {})\n",
                     count_text(run.tree.alive_at_peak.size()));
  out << context.faint(columns("heap peak", "at tree's", "RSS peak", "start", "time") + "command")
      << "\n";
  for (const TreeLine& line : tree_lines(run)) {
    const profile::Process& process = run.processes[line.process];
    const heap::ProcessHeap& heap = process.heap;
    const uint64_t indent = 2 * std::min(line.depth, kIndentMax / 2);
    const bool knows_rss = heap.rss.peak_bytes != 0;
    const std::string what = (alive[line.process] ? "* " : "  ") +
                             std::string(static_cast<size_t>(indent), ' ') +
                             printable(profile::command_line(process));
    out << columns(context.size(heap.totals.peak_bytes),
                   alive[line.process] ? context.size(share_of_peak(process)) : "",
                   knows_rss ? context.size(heap.rss.peak_bytes) : "unknown",
                   duration_text(heap.start_ns),
                   duration_text(heap.end_ns - std::min(heap.start_ns, heap.end_ns)))
        << context.fit(what + (process.skipped ? " (left out)" : ""), kNameColumn) << "\n";
  }
  if (run.not_covered.empty() && run.partly_covered.empty()) return;
  out << "\n" << context.bold("not in these figures") << "\n";
  for (const auto* list : {&run.not_covered, &run.partly_covered}) {
    for (const profile::Uncovered& uncovered : *list) {
      const std::string times =
          uncovered.processes > 1 ? " x" + count_text(uncovered.processes) : "";
      out << "  " << printable(uncovered.exe) << times << ": " << printable(uncovered.reason)
          << "\n";
    }
  }
}

void write_json_tree(std::ostream& out, const profile::Run& run) {
  const std::vector<bool> alive = alive_at_peak(run);
  out << "{\"schema\":\"memprof-tree/1\",\n\"run\":" << dump(run_json(run))
      << ",\n\"tree\":" << dump(tree_json(run.tree)) << ",\n\"processes\":[";
  const char* separator = "\n  ";
  for (const TreeLine& line : tree_lines(run)) {
    const profile::Process& process = run.processes[line.process];
    Json json = identity_json(process);
    json["depth"] = line.depth;
    json["peak_bytes"] = process.heap.totals.peak_bytes;
    json["peak_time_ns"] = process.heap.totals.peak_time_ns;
    json["peak_rss_bytes"] = process.heap.rss.peak_bytes;
    json["alive_at_peak"] = static_cast<bool>(alive[line.process]);
    json["at_peak_bytes"] = share_of_peak(process);
    json["skipped"] = process.skipped;
    out << separator << dump(json);
    separator = ",\n  ";
  }
  out << "\n]}\n";
}

}  // namespace memprof::report
