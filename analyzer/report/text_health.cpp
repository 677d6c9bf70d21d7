#include "analyzer/report/text_health.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyzer/profile/selection.h"
#include "analyzer/report/quantity.h"
#include "analyzer/report/text_escape.h"
#include "analyzer/report/wrapped_text.h"

namespace memprof::report {
namespace {

/// Names in a list before it ends in "and N more".
constexpr size_t kNamesShown = 5;

struct Sums {
  uint64_t allocations = 0;
  uint64_t own_bytes = 0;
  uint64_t truncated = 0;
  heap::Health health;
};

Sums sums_of(const profile::Run& run, const std::vector<size_t>& processes) {
  Sums sums;
  for (const size_t index : processes) {
    const heap::ProcessHeap& heap = run.processes[index].heap;
    sums.allocations += heap.totals.allocations;
    sums.own_bytes = std::max(sums.own_bytes, heap.rss.own_bytes);
    sums.truncated += heap.health.truncated ? 1 : 0;
    sums.health.lost_events += heap.health.lost_events;
    sums.health.cut_stacks += heap.health.cut_stacks;
    sums.health.damaged_bytes += heap.health.damaged_bytes;
    sums.health.reused_live += heap.health.reused_live;
    sums.health.unmatched_phase_ends += heap.health.unmatched_phase_ends;
  }
  return sums;
}

void line(const TextContext& context, const std::string& text) {
  const std::string shown = printable(text);
  if (context.options.width == 0) {
    context.out << "  " << shown << "\n";
  } else {
    // What hangs below is further in than the next line of this kind.
    constexpr size_t kIndent = 4;
    context.out << "  " << wrapped(shown, kIndent, context.options.width) << "\n";
  }
}

void write_losses(const TextContext& context, const Sums& sums) {
  const heap::Health& health = sums.health;
  if (health.lost_events == 0 && sums.truncated == 0 && health.reused_live == 0) {
    line(context, "no event lost");
  }
  if (health.lost_events != 0)
    line(context, counted(health.lost_events, "event", "events") + " lost");
  if (health.reused_live != 0) {
    line(context, counted(health.reused_live, "block", "blocks") +
                      " ended as lost: the address was handed out again");
  }
  if (health.damaged_bytes != 0) {
    line(context, counted(health.damaged_bytes, "byte", "bytes") + " of trace cut off or damaged");
  }
  if (health.cut_stacks != 0) {
    line(context, fmt::format("{} of {} with a cut stack ({})", count_text(health.cut_stacks),
                              counted(sums.allocations, "allocation", "allocations"),
                              share_text(health.cut_stacks, sums.allocations)));
  }
  if (health.unmatched_phase_ends != 0) {
    line(context,
         counted(health.unmatched_phase_ends, "phase end", "phase ends") + " without a begin");
  }
}

void write_truncated(const TextContext& context, const std::vector<size_t>& processes) {
  for (const size_t index : processes) {
    const profile::Process& process = context.run.processes[index];
    if (!process.heap.health.truncated) continue;
    const std::string& reason = process.heap.health.stop_reason;
    line(context, fmt::format("truncated: {} (pid {}): {}",
                              profile::base_name(process.identity.exe), process.identity.pid,
                              reason.empty() ? "parts of the trace are missing"
                                             : "recording stopped: " + reason));
  }
}

std::string module_text(const profile::ModuleProblem& module) {
  const std::string name = module.path.empty() ? "[no module]" : profile::base_name(module.path);
  return module.problem.empty() ? name : name + " (" + module.problem + ")";
}

void write_list(const TextContext& context, const std::string& title,
                const std::vector<std::string>& names) {
  if (names.empty()) return;
  std::string text = title;
  for (size_t i = 0; i < std::min(names.size(), kNamesShown); ++i)
    text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > kNamesShown) text += fmt::format(" and {} more", names.size() - kNamesShown);
  line(context, text);
}

void write_names(const TextContext& context, const std::vector<size_t>& processes) {
  const profile::NamesHealth names = processes.size() == 1
                                         ? context.names.health(context.run, processes.front())
                                         : context.names.health();
  if (names.without_symbols == 0) {
    line(context, "symbols for all " + counted(names.looked_up, "frame", "frames"));
  } else {
    line(context, fmt::format("{} of {} without symbols ({})", count_text(names.without_symbols),
                              counted(names.looked_up, "frame", "frames"),
                              share_text(names.without_symbols, names.looked_up)));
  }
  std::vector<std::string> nameless;
  std::vector<std::string> poor;
  for (const profile::ModuleProblem& module : context.names.problems()) {
    (module.without_symbols != 0 ? nameless : poor).push_back(module_text(module));
  }
  write_list(context, "no symbols in: ", nameless);
  write_list(context, "function names only in: ", poor);
}

void write_uncovered(const TextContext& context, const std::string& title,
                     const std::vector<profile::Uncovered>& list) {
  for (const profile::Uncovered& uncovered : list) {
    const std::string times = uncovered.processes > 1 ? " x" + count_text(uncovered.processes) : "";
    line(context, fmt::format("{}: {}{}: {}", title, uncovered.exe, times, uncovered.reason));
  }
}

}  // namespace

void write_health(const TextContext& context, const std::vector<size_t>& processes,
                  const std::string& title) {
  const Sums sums = sums_of(context.run, processes);
  context.out << "\n" << context.bold(title) << "\n";
  write_losses(context, sums);
  write_truncated(context, processes);
  write_names(context, processes);
  write_uncovered(context, "not covered", context.run.not_covered);
  write_uncovered(context, "partly covered", context.run.partly_covered);
  for (const profile::UnreadableFile& file : context.run.unreadable) {
    line(context, "unreadable: " + file.reason);
  }
  if (sums.own_bytes != 0) {
    line(context, fmt::format("memprof's own memory: {}{}, not part of RSS above",
                              context.size(sums.own_bytes),
                              processes.size() > 1 ? " at most in a process" : ""));
  }
}

}  // namespace memprof::report
