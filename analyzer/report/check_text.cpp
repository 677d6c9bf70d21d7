#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analyzer/report/check_report.h"
#include "analyzer/report/quantity.h"
#include "analyzer/report/shared_frames.h"
#include "analyzer/report/text_escape.h"

namespace memprof::report {
namespace {

using compare::LimitResult;
using State = LimitResult::State;

/// Functions named when a limit is broken.
constexpr size_t kMovedShown = 5;

std::string painted(const char* code, const std::string& text, const Options& options) {
  return options.color ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
}

std::string headroom_text(const LimitResult& result) {
  if (result.values.empty()) return "-";
  if (result.bound == 0) return result.value == 0 ? "0.0 %" : "-";
  return fmt::format("{:+.1f} %", 100 * result.headroom() / result.bound);
}

}  // namespace

compare::FunctionBytes bytes_by_function(const compare::Side& side) {
  compare::SharedStacks stacks({&side.names.addresses()});
  compare::SideStacks numbers(side, stacks);
  std::vector<uint64_t> by_stack;
  for (const size_t process : side.processes) {
    numbers.visit(process, [&](compare::StackNumber stack, size_t, const heap::Held& held) {
      const auto at = static_cast<uint32_t>(stack);
      if (at >= by_stack.size()) by_stack.resize(std::max<size_t>(at + 1, stacks.stacks()));
      by_stack[at] += held.bytes;
    });
  }
  Places places(stacks);
  compare::FunctionBytes functions;
  for (uint32_t at = 0; at < by_stack.size(); ++at) {
    if (by_stack[at] != 0) functions[places.of(compare::StackNumber{at})] += by_stack[at];
  }
  return functions;
}

size_t CheckInput::broken() const {
  return static_cast<size_t>(std::count_if(
      results.begin(), results.end(), [](const LimitResult& result) { return result.broken(); }));
}

const char* state_name(State state) {
  switch (state) {
    case State::kKept:
      return "kept";
    case State::kOver:
      return "over";
    case State::kSkipped:
      return "skipped";
    case State::kMissing:
      break;
  }
  return "missing";
}

std::string value_text(compare::BudgetFigure figure, double value, bool plain_bytes) {
  if (figure == compare::BudgetFigure::kTemporaryShare) return fmt::format("{:.1f} %", value);
  const auto whole = static_cast<uint64_t>(std::llround(std::clamp(value, 0.0, 0x1p62)));
  return compare::is_bytes(figure) ? size_text(whole, plain_bytes) : count_text(whole);
}

std::string broken_text(const LimitResult& result) {
  const compare::BudgetFigure figure = result.limit.figure;
  if (result.state == State::kMissing) {
    return fmt::format("{} of {}: nothing of the kind was recorded", compare::figure_name(figure),
                       compare::scope_text(result.limit.scope));
  }
  const bool exact =
      value_text(figure, result.value, false) == value_text(figure, result.bound, false);
  std::string text =
      fmt::format("{} is over the limit of {}", value_text(figure, result.value, exact),
                  value_text(figure, result.bound, exact));
  if (result.baseline)
    text += fmt::format(", the baseline is {}", value_text(figure, *result.baseline, exact));
  return text;
}

void write_text_check(std::ostream& out, const CheckInput& input, const Options& options) {
  out << painted("1", printable(input.command), options) << "\n";
  out << fmt::format(
      "  {} against {}\n\n",
      input.runs.size() == 1 ? "one run" : fmt::format("the median of {} runs", input.runs.size()),
      printable(input.budget.path));
  out << painted("2",
                 fmt::format("{:<8} {:>10} {:>10} {:>10} {:>10}  limit", "", "value", "limit",
                             "headroom", "baseline"),
                 options)
      << "\n";
  for (const LimitResult& result : input.results) {
    const compare::BudgetFigure figure = result.limit.figure;
    const auto text = [&](double value) { return value_text(figure, value, options.plain_bytes); };
    const std::string state = fmt::format("{:<8}", state_name(result.state));
    out << (result.broken() ? painted("31", state, options) : state)
        << fmt::format(" {:>10} {:>10} {:>10} {:>10}  {}\n",
                       result.values.empty() ? "-" : text(result.value), text(result.bound),
                       headroom_text(result), result.baseline ? text(*result.baseline) : "-",
                       printable(result.limit.name));
  }
  if (input.broken() != 0) {
    out << "\n";
    for (const LimitResult& result : input.results) {
      if (!result.broken()) continue;
      out << fmt::format("{}:{}: {}: {}\n", printable(input.budget.path), result.limit.line,
                         printable(result.limit.name), printable(broken_text(result)));
    }
    if (!input.moved.empty()) {
      out << "\n"
          << painted("1", "what moved most since the baseline, at the processes' peaks", options)
          << "\n";
      const size_t shown = std::min(input.moved.size(), kMovedShown);
      for (size_t i = 0; i < shown; ++i) {
        const compare::Moved& moved = input.moved[i];
        out << fmt::format("{:>12} {:>10} {:>10}  {}\n",
                           size_change_text(moved.before, moved.after, options.plain_bytes),
                           size_text(moved.before, options.plain_bytes),
                           size_text(moved.after, options.plain_bytes),
                           frame_text(moved.function, 0));
      }
      if (shown < input.moved.size())
        out << fmt::format("{:>36}{} more\n", "", count_text(input.moved.size() - shown));
    }
  }
  const std::string verdict = input.broken() == 0
                                  ? "within the budget"
                                  : fmt::format("over the budget: {} of {} broken", input.broken(),
                                                counted(input.results.size(), "limit", "limits"));
  out << "\nverdict: " << painted("1", verdict, options) << "\n";
}

}  // namespace memprof::report
