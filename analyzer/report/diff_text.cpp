#include <fmt/format.h>

#include <algorithm>

#include "analyzer/profile/selection.h"
#include "analyzer/report/cxx_name.h"
#include "analyzer/report/diff_groups.h"
#include "analyzer/report/diff_report.h"
#include "analyzer/report/moment_text.h"
#include "analyzer/report/quantity.h"
#include "analyzer/report/shared_frames.h"
#include "analyzer/report/text_context.h"
#include "analyzer/report/text_escape.h"
#include "analyzer/report/text_health.h"

namespace memprof::report {
namespace {

/// Callers shown below a row.
constexpr size_t kCallers = 3;

/// Columns that stand before what a row names.
constexpr size_t kNameColumn = 60;
constexpr size_t kCallerIndent = 7;

uint64_t rss_of(const compare::Side& side) {
  uint64_t sum = 0;
  for (const auto& [index, process] : side.moment.processes)
    sum += profile::rss_at(side.run.processes[index].heap, process.time_ns);
  return sum;
}

std::string moment_of(const compare::Side& side) {
  const std::string text = moment_text(side.moment.moment);
  if (!side.moment.own_clocks) return text;
  return side.processes.size() == 1 ? text : text + " of each process";
}

class Writer {
 public:
  Writer(std::ostream& out, const DiffInput& input, const Options& options)
      : input_(input),
        before_{out, input.before.run, input.before.names, options},
        context_{out, input.after.run, input.after.names, options},
        diff_(compare::compare(input.before, input.after)) {}

  void write() {
    write_sides();
    write_functions();
    if (diff_.processes.size() > 1) write_processes();
    write_health_of_sides();
  }

 private:
  void write_side(const char* label, const compare::Side& side, const std::string& name,
                  const heap::Held& held) {
    const uint64_t rss_bytes = rss_of(side);
    // The command is what can be shortened.
    const std::string where = fmt::format(" {}: ", printable(name));
    const std::string when = " at " + moment_of(side);
    const std::string command =
        printable(profile::command_line(side.run.processes[side.processes.front()]));
    const size_t used = std::string_view(label).size() + columns_of(where) + columns_of(when);
    context_.out << context_.bold(label) << where << context_.fit(command, used) << when << "\n";
    context_.out << fmt::format("  heap {} in {} | {}\n", context_.size(held.bytes),
                                counted(held.blocks, "block", "blocks"),
                                rss_bytes == 0 ? "RSS unknown" : "RSS " + context_.size(rss_bytes));
  }

  void write_sides() {
    write_side("before", input_.before, input_.before_name, diff_.total.before);
    write_side("after ", input_.after, input_.after_name, diff_.total.after);
    context_.out << context_.bold("change") << " heap " << delta(diff_.total) << " ("
                 << percent(diff_.total) << ") | RSS "
                 << size_change_text(rss_of(input_.before), rss_of(input_.after),
                                     context_.options.plain_bytes)
                 << "\n";
  }

  std::string delta(const compare::Change& change) const {
    return size_change_text(change.before.bytes, change.after.bytes, context_.options.plain_bytes);
  }

  static std::string blocks_delta(const compare::Change& change) {
    const int64_t blocks = change.delta_blocks();
    if (blocks == 0) return "0";
    const auto magnitude = static_cast<uint64_t>(blocks < 0 ? -blocks : blocks);
    return (blocks < 0 ? "-" : "+") + count_text(magnitude);
  }

  static std::string percent(const compare::Change& change) {
    if (change.is_new()) return "new";
    if (change.is_gone()) return "gone";
    if (change.before.bytes == 0) return "-";
    return fmt::format("{:+.1f} %", 100 * static_cast<double>(change.delta_bytes()) /
                                        static_cast<double>(change.before.bytes));
  }

  static std::string columns(const std::string& rank, const std::string& delta_bytes,
                             const std::string& share, const std::string& before,
                             const std::string& after, const std::string& blocks) {
    return fmt::format("{:>4} {:>10} {:>9} {:>9} {:>9} {:>10}  ", rank, delta_bytes, share, before,
                       after, blocks);
  }

  void write_row(const std::string& rank, const compare::Change& change, const std::string& name) {
    context_.out << columns(rank, delta(change), percent(change),
                            context_.size(change.before.bytes), context_.size(change.after.bytes),
                            blocks_delta(change))
                 << name << "\n";
  }

  void write_title(const std::string& title, const std::string& what) {
    context_.out << "\n" << context_.bold(title) << "\n";
    context_.out << context_.faint(columns("", "change", "", "before", "after", "blocks") + what)
                 << "\n";
  }

  void write_callers(compare::StackNumber stack) {
    const std::vector<compare::FrameId> frames = visible_frames(diff_.stacks, stack);
    for (size_t i = 1; i < frames.size() && i <= kCallers; ++i) {
      const compare::Frame& frame = diff_.stacks.frame(frames[i]);
      context_.out << context_.faint(std::string(kCallerIndent, ' ') +
                                     frame_text(frame, context_.columns_after(kCallerIndent)))
                   << "\n";
      if (qualified_name(frame.function) == "main") return;
    }
  }

  /// Rows that changed, as many as asked for; the others that did; those that did not; the total.
  template <typename Row, typename WriteOne>
  void write_rows(const std::vector<Row>& rows, WriteOne write_one) {
    compare::Change others;
    compare::Change unchanged;
    uint64_t shown = 0;
    uint64_t other_rows = 0;
    uint64_t unchanged_rows = 0;
    for (const Row& row : rows) {
      if (!row.change.any()) {
        ++unchanged_rows;
        unchanged += row.change;
      } else if (shown < context_.options.row_limit()) {
        write_one(std::to_string(++shown), row);
      } else {
        ++other_rows;
        others += row.change;
      }
    }
    if (other_rows != 0) write_row("", others, counted(other_rows, "other row", "other rows"));
    if (unchanged_rows != 0) {
      write_row("", unchanged, counted(unchanged_rows, "unchanged row", "unchanged rows"));
    }
    write_row("", diff_.total, "total");
  }

  void write_functions() {
    const std::vector<FunctionChange> rows = changes_by_function(diff_);
    write_title("what changed, by function", "where");
    write_rows(rows, [this](const std::string& rank, const FunctionChange& row) {
      write_row(rank, row.change, frame_text(row.frame, context_.columns_after(kNameColumn)));
      write_callers(row.largest);
    });
  }

  std::string process_name(const compare::ProcessPair& pair) const {
    const profile::Process& process = pair.after ? input_.after.run.processes[*pair.after]
                                                 : input_.before.run.processes[*pair.before];
    const std::string only = !pair.before ? " (only after)" : !pair.after ? " (only before)" : "";
    return context_.fit(printable(profile::command_line(process)), kNameColumn + only.size()) +
           only;
  }

  void write_processes() {
    write_title("what changed, by process", "process");
    write_rows(diff_.processes, [this](const std::string& rank, const compare::ProcessChange& row) {
      write_row(rank, row.change, process_name(row.pair));
    });
  }

  void write_health_of_sides() {
    if (&input_.before.run == &input_.after.run) {
      write_health(context_, input_.after.processes);
      return;
    }
    write_health(before_, input_.before.processes, "health of before");
    write_health(context_, input_.after.processes, "health of after");
  }

  const DiffInput& input_;
  const TextContext before_;
  const TextContext context_;
  const compare::Diff diff_;
};

}  // namespace

void write_text_diff(std::ostream& out, const DiffInput& input, const Options& options) {
  Writer(out, input, options).write();
}

}  // namespace memprof::report
