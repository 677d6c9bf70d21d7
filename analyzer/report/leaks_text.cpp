#include <fmt/format.h>

#include <array>
#include <map>

#include "analyzer/profile/selection.h"
#include "analyzer/report/leaks_report.h"
#include "analyzer/report/quantity.h"
#include "analyzer/report/site_table.h"
#include "analyzer/report/text_escape.h"
#include "analyzer/report/text_health.h"

namespace memprof::report {
namespace {

using compare::Leak;
using compare::Reachability;

constexpr std::array<Reachability, 3> kStates = {Reachability::kLost, Reachability::kUnknown,
                                                 Reachability::kReachable};

/// Processes listed before it says how many more there are.
constexpr size_t kUnexaminedShown = 5;

std::string title_of(Reachability state) {
  switch (state) {
    case Reachability::kLost:
      return "lost: nothing pointed there any more";
    case Reachability::kReachable:
      return "still reachable: never freed, but the program could have";
    case Reachability::kUnknown:
      break;
  }
  return "never freed, lost or not is unknown";
}

class Writer {
 public:
  Writer(const TextContext& context, const LeaksInput& input, const LeaksOfRun& one)
      : context_(context), input_(input), one_(one) {}

  void write() {
    write_run();
    for (const Reachability state : kStates) write_state(state);
    write_suppressed();
    write_unexamined();
    write_health(context_, one_.processes);
  }

 private:
  std::string amount(const heap::Held& held) const {
    return fmt::format("{} in {}", context_.size(held.bytes),
                       counted(held.blocks, "block", "blocks"));
  }

  const std::string& cwd() const { return one_.run.processes[one_.processes.front()].identity.cwd; }

  void write_run() const {
    const profile::Process& first = one_.run.processes[one_.processes.front()];
    const std::string count = one_.processes.size() == 1
                                  ? fmt::format(" (pid {})", first.identity.pid)
                                  : ": " + counted(one_.processes.size(), "process", "processes");
    context_.out << context_.bold(
                        context_.fit(printable(profile::command_line(first)), count.size()) + count)
                 << "\n";
    for (const Reachability state : kStates) {
      const heap::Held held = one_.leaks.sum(state);
      if (held.blocks == 0) continue;
      context_.out << fmt::format("  {}: {}\n",
                                  state == Reachability::kUnknown ? "never freed"
                                  : state == Reachability::kLost  ? "lost"
                                                                  : "still reachable",
                                  amount(held));
    }
    const heap::Held suppressed = one_.leaks.suppressed();
    if (suppressed.blocks != 0) context_.out << "  suppressed: " << amount(suppressed) << "\n";
    if (one_.leaks.rows.empty()) context_.out << "  all blocks were freed\n";
  }

  void write_state(Reachability state) const {
    std::vector<profile::StackRow> stacks;
    for (const Leak& row : one_.leaks.rows) {
      if (row.state == state && !row.suppression) stacks.push_back(row.stack);
    }
    if (stacks.empty()) return;
    SiteTable table;
    table.processes = one_.processes;
    table.metric = Metric::kMoment;
    table.title = title_of(state);
    table.cwd = cwd();
    table.stacks = &stacks;
    write_site_table(context_, table);
  }

  void write_suppressed() const {
    std::map<size_t, heap::Held> sums;
    for (const Leak& row : one_.leaks.rows) {
      if (!row.suppression) continue;
      sums[*row.suppression].bytes += row.held().bytes;
      sums[*row.suppression].blocks += row.held().blocks;
    }
    if (sums.empty()) return;
    context_.out << "\n" << context_.bold("suppressed") << "\n";
    context_.out << context_.faint(fmt::format("{:>14} {:>11}  pattern", "bytes", "blocks"))
                 << "\n";
    for (const auto& [index, held] : sums) {
      const compare::Suppression& suppression = input_.suppressions.all()[index];
      context_.out << fmt::format("{:>14} {:>11}  {}  ({})\n", context_.size(held.bytes),
                                  count_text(held.blocks), printable(suppression.pattern),
                                  printable(suppression.from));
    }
  }

  void write_unexamined() const {
    const std::vector<compare::Unexamined>& list = one_.leaks.unexamined;
    if (list.empty()) return;
    context_.out << "\n"
                 << context_.bold("not examined: had no chance to free what it held") << "\n";
    for (size_t i = 0; i < list.size() && i < kUnexaminedShown; ++i) {
      const profile::Process& process = one_.run.processes[list[i].process];
      context_.out << fmt::format(
          "  {} (pid {}), {}: {}\n", printable(profile::base_name(process.identity.exe)),
          process.identity.pid,
          process.heap.end == heap::End::kExec ? "became another program" : "did not exit",
          amount(list[i].held));
    }
    if (list.size() > kUnexaminedShown) {
      heap::Held rest;
      for (size_t i = kUnexaminedShown; i < list.size(); ++i) {
        rest.bytes += list[i].held.bytes;
        rest.blocks += list[i].held.blocks;
      }
      context_.out << fmt::format("  {} others: {}\n", count_text(list.size() - kUnexaminedShown),
                                  amount(rest));
    }
  }

  const TextContext& context_;
  const LeaksInput& input_;
  const LeaksOfRun& one_;
};

std::string verdict(const LeaksInput& input) {
  if (input.failed()) return "verdict: leaks";
  for (const LeaksOfRun& one : input.runs) {
    for (const Reachability state : kStates) {
      if (one.leaks.sum(state).blocks != 0) return "verdict: no leaks of the kind that counts";
    }
  }
  return "verdict: no leaks";
}

}  // namespace

bool LeaksInput::failed() const {
  for (const LeaksOfRun& one : runs) {
    if (compare::fails(one.leaks, fail_on)) return true;
  }
  return false;
}

const char* state_name(Reachability state) {
  switch (state) {
    case Reachability::kLost:
      return "lost";
    case Reachability::kReachable:
      return "reachable";
    case Reachability::kUnknown:
      break;
  }
  return "unknown";
}

void write_text_leaks(std::ostream& out, const LeaksInput& input, const Options& options) {
  for (size_t i = 0; i < input.runs.size(); ++i) {
    const LeaksOfRun& one = input.runs[i];
    const TextContext context{out, one.run, one.names, options};
    if (input.runs.size() > 1) out << (i == 0 ? "" : "\n") << printable(one.name) << "\n";
    Writer(context, input, one).write();
  }
  out << "\n" << verdict(input) << "\n";
}

}  // namespace memprof::report
