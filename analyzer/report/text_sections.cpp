#include "analyzer/report/text_sections.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "analyzer/profile/selection.h"
#include "analyzer/report/quantity.h"
#include "analyzer/report/text_escape.h"

namespace memprof::report {
namespace {

bool knows_rss(const heap::Rss& rss) {
  return rss.peak_bytes != 0 || !rss.samples.empty();
}

struct Executable {
  std::string path;
  uint64_t images = 0;
  uint64_t heap_max = 0;
  uint64_t heap_sum = 0;
  uint64_t rss_max = 0;
};

std::vector<Executable> executables(const profile::Run& run) {
  std::map<std::string, Executable> by_path;
  for (const profile::Process& process : run.processes) {
    Executable& exe = by_path[process.identity.exe];
    exe.path = process.identity.exe;
    ++exe.images;
    exe.heap_max = std::max(exe.heap_max, process.heap.totals.peak_bytes);
    exe.heap_sum += process.heap.totals.peak_bytes;
    exe.rss_max = std::max(exe.rss_max, process.heap.rss.peak_bytes);
  }
  std::vector<Executable> list;
  for (auto& [path, exe] : by_path) list.push_back(std::move(exe));
  std::stable_sort(list.begin(), list.end(), [](const Executable& a, const Executable& b) {
    return a.heap_sum > b.heap_sum;
  });
  return list;
}

std::string end_text(const profile::Process& process) {
  const heap::ProcessHeap& heap = process.heap;
  if (heap.end == heap::End::kExec) return "replaced by exec";
  if (process.signal) return fmt::format("killed by signal {}", *process.signal);
  if (heap.status_known) return fmt::format("exit status {}", heap.status);
  return heap.end == heap::End::kExit ? "exited" : "no end recorded: killed, or still running";
}

void write_entry(const TextContext& context, const std::string& name, const std::string& text) {
  context.out << fmt::format("  {:<11} {}\n", name, text);
}

}  // namespace

void write_process_line(const TextContext& context, const profile::Process& process) {
  const heap::ProcessHeap& heap = process.heap;
  const bool plain = context.options.plain_bytes;
  std::string figures =
      fmt::format("heap Δ {} (peak {}) | ", size_change_text(0, heap.totals.live_bytes, plain),
                  context.size(heap.totals.peak_bytes));
  if (knows_rss(heap.rss)) {
    figures += fmt::format("RSS Δ {} (peak {})",
                           size_change_text(heap.rss.baseline_bytes, heap.rss.end_bytes, plain),
                           context.size(heap.rss.peak_bytes));
  } else {
    figures += "RSS unknown";
  }
  const std::string title =
      fmt::format("{} (pid {})", printable(profile::command_line(process)), process.identity.pid);
  write_heading(context, title, figures);
}

void write_tree_line(const TextContext& context) {
  const profile::Tree& tree = context.run.tree;
  std::string figures = fmt::format("heap peak {} (at {}) | ", context.size(tree.peak_heap_bytes),
                                    duration_text(tree.peak_time_ns));
  figures += tree.peak_rss_bytes == 0
                 ? "RSS unknown"
                 : fmt::format("RSS peak {} (at {})", context.size(tree.peak_rss_bytes),
                               duration_text(tree.peak_rss_time_ns));
  const std::string title =
      fmt::format("{}: {} in {}", printable(profile::command_line(context.run.processes.front())),
                  counted(context.run.processes.size(), "process", "processes"),
                  duration_text(context.run.duration_ns));
  write_heading(context, title, figures);
}

void write_executables(const TextContext& context) {
  const std::vector<Executable> list = executables(context.run);
  std::map<std::string, int> same_name;
  for (const Executable& exe : list) ++same_name[profile::base_name(exe.path)];
  context.out << "\n" << context.bold("executables") << "\n";
  const auto row = [&](const std::string& max, const std::string& sum, const std::string& rss,
                       const std::string& name) {
    return fmt::format("  {:>12} {:>12} {:>12}  {}", max, sum, rss, name);
  };
  context.out << context.faint(row("heap, max", "heap, sum", "RSS, max", "peaks of each process"))
              << "\n";
  const size_t shown =
      static_cast<size_t>(std::min<uint64_t>(context.options.row_limit(), list.size()));
  Executable rest;
  for (size_t i = 0; i < list.size(); ++i) {
    const Executable& exe = list[i];
    if (i >= shown) {
      rest.images += exe.images;
      rest.heap_max = std::max(rest.heap_max, exe.heap_max);
      rest.heap_sum += exe.heap_sum;
      rest.rss_max = std::max(rest.rss_max, exe.rss_max);
      continue;
    }
    const std::string name = profile::base_name(exe.path);
    const std::string label = printable(same_name[name] > 1 ? exe.path : name);
    context.out << row(context.size(exe.heap_max), context.size(exe.heap_sum),
                       context.size(exe.rss_max),
                       context.fit(fmt::format("{} x{}", label, count_text(exe.images)), 43))
                << "\n";
  }
  if (rest.images == 0) return;
  context.out << row(context.size(rest.heap_max), context.size(rest.heap_sum),
                     context.size(rest.rss_max),
                     counted(list.size() - shown, "other executable", "other executables") + " x" +
                         count_text(rest.images))
              << "\n";
}

void write_totals(const TextContext& context, const std::vector<size_t>& processes) {
  heap::Totals sum;
  for (const size_t index : processes) {
    const heap::Totals& totals = context.run.processes[index].heap.totals;
    sum += totals;
    sum.foreign_frees += totals.foreign_frees;
    sum.inherited_blocks += totals.inherited_blocks;
    sum.inherited_bytes += totals.inherited_bytes;
    sum.inherited_frees += totals.inherited_frees;
  }
  context.out << "\n" << context.bold("totals") << "\n";
  write_entry(context, "allocated",
              fmt::format("{} in {}, {} of them temporary", context.size(sum.bytes_allocated),
                          counted(sum.allocations, "allocation", "allocations"),
                          share_text(sum.temporary, sum.allocations)));
  write_entry(context, "freed", counted(sum.frees, "block", "blocks"));
  write_entry(context, "live at end",
              fmt::format("{} in {}", context.size(sum.live_bytes),
                          counted(sum.live_blocks, "block", "blocks")));
  if (sum.inherited_blocks != 0) {
    write_entry(
        context, "inherited",
        fmt::format("{} in {} from before a fork, {} freed", context.size(sum.inherited_bytes),
                    counted(sum.inherited_blocks, "block", "blocks"),
                    count_text(sum.inherited_frees)));
  }
  if (sum.foreign_frees != 0) {
    write_entry(context, "foreign",
                counted(sum.foreign_frees, "free", "frees") +
                    " of blocks that were not seen being allocated");
  }
  if (processes.size() != 1) return;
  const profile::Process& process = context.run.processes[processes.front()];
  const heap::Rss& rss = process.heap.rss;
  if (knows_rss(rss)) {
    write_entry(context, "RSS",
                fmt::format("{} at the start, {} at its peak, {} at the end",
                            context.size(rss.baseline_bytes), context.size(rss.peak_bytes),
                            context.size(rss.end_bytes)));
  }
  write_entry(context, "ended",
              fmt::format("after {}, {}",
                          duration_text(process.heap.end_ns -
                                        std::min(process.heap.start_ns, process.heap.end_ns)),
                          end_text(process)));
}

}  // namespace memprof::report
