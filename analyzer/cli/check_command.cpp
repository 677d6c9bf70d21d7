#include "analyzer/cli/check_command.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <optional>

#include "analyzer/base/error.h"
#include "analyzer/cli/open_run.h"
#include "analyzer/cli/report_command.h"
#include "analyzer/compare/check.h"
#include "analyzer/compare/trend.h"
#include "analyzer/profile/selection.h"
#include "analyzer/report/check_report.h"
#include "analyzer/report/output.h"
#include "analyzer/report/text_escape.h"

namespace memprof::cli {
namespace {

/// What is kept of the runs, which are opened one after the other.
struct Measured {
  std::string command;
  std::vector<std::vector<std::optional<double>>> values;  ///< by limit, then run
  std::vector<compare::FunctionBytes> functions;           ///< by run
  std::vector<uint64_t> peaks;                             ///< by run: of all processes together

  /// The functions of the run whose peak is the median, or the one below.
  const compare::FunctionBytes& median_functions() const {
    std::vector<size_t> order(peaks.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return peaks[a] < peaks[b]; });
    return functions[order[(order.size() - 1) / 2]];
  }
};

Measured measure_all(const CheckArguments& arguments, const compare::Budget& budget,
                     profile::FrameSource& source) {
  Measured measured;
  measured.values.resize(budget.limits.size());
  profile::RunRequest request;
  request.own_clocks = true;
  request.moments = {*profile::parse_moment("peak")};
  for (const std::string& path : arguments.paths) {
    OpenRun open(path, request, source);
    if (measured.command.empty())
      measured.command = profile::command_line(open.run.processes.front());
    for (size_t i = 0; i < budget.limits.size(); ++i)
      measured.values[i].push_back(compare::measure(open.run, open.names, budget.limits[i]));
    measured.functions.push_back(report::bytes_by_function(
        {open.run, open.names, open.run.moments[0], profile::select_processes(open.run, "")}));
    measured.peaks.push_back(open.run.tree.peak_heap_bytes);
  }
  return measured;
}

void write_text_file(const std::string& path, const std::string& text) {
  report::write_output(path, [&](std::ostream& out) { out << text; });
}

int write_baseline(const CheckArguments& arguments, profile::FrameSource& source) {
  std::error_code error;
  const bool is_new = !std::filesystem::exists(arguments.budget, error);
  const compare::Budget budget =
      is_new ? compare::parse_budget(compare::starting_budget(arguments.budget), arguments.budget)
             : compare::read_budget(arguments.budget);
  const Measured measured = measure_all(arguments, budget, source);
  compare::Baseline baseline;
  for (size_t i = 0; i < budget.limits.size(); ++i) {
    std::vector<double> values;
    for (const std::optional<double>& value : measured.values[i]) {
      if (value) values.push_back(*value);
    }
    const compare::Limit& limit = budget.limits[i];
    if (values.empty() && limit.optional) continue;
    if (values.size() < measured.values[i].size()) {
      throw Error("cannot write baseline: " + arguments.budget + ":" + std::to_string(limit.line) +
                      ": " + limit.name + ": nothing of the kind was recorded",
                  Error::Exit::kUsage);
    }
    baseline.values[{limit.figure, limit.scope}] = compare::median_of(values);
  }
  baseline.functions = measured.median_functions();
  write_text_file(budget.baseline_path, compare::baseline_text(baseline));
  // Last, so that there is never a budget without its baseline.
  if (is_new) write_text_file(arguments.budget, compare::starting_budget(arguments.budget));
  spdlog::info("wrote {}{}", report::printable(budget.baseline_path),
               is_new ? " and " + report::printable(arguments.budget) : "");
  return 0;
}

compare::HistoryEntry history_entry(const report::CheckInput& input) {
  compare::HistoryEntry entry;
  entry.kind = "check";
  entry.command = input.command;
  entry.verdict = input.broken() == 0 ? "kept" : "broken";
  for (const compare::LimitResult& result : input.results) {
    if (result.values.empty()) continue;
    const compare::BudgetFigure figure = result.limit.figure;
    using Unit = compare::HistoryValue::Unit;
    const Unit unit = compare::is_bytes(figure)                          ? Unit::kBytes
                      : figure == compare::BudgetFigure::kTemporaryShare ? Unit::kPercent
                                                                         : Unit::kCount;
    entry.values.push_back({result.limit.name, unit, result.value, result.bound});
  }
  return entry;
}

}  // namespace

int check_command(const CheckArguments& arguments) {
  const auto names = frames_for(arguments.symbols);
  if (arguments.write_baseline) return write_baseline(arguments, *names);
  const compare::Budget budget = compare::read_budget(arguments.budget);
  const compare::Baseline baseline = compare::baseline_of(budget);
  const Measured measured = measure_all(arguments, budget, *names);
  const std::vector<compare::LimitResult> results =
      compare::check(budget, baseline, measured.values);
  std::vector<compare::Moved> moved;
  report::CheckInput input{budget, arguments.paths, measured.command, results, moved};
  if (input.broken() != 0 && !baseline.functions.empty())
    moved = compare::moved_most(baseline.functions, measured.median_functions());
  report::Options options = arguments.options;
  set_output_options(arguments.output, arguments.color, options);
  report::write_output(arguments.output, [&](std::ostream& out) {
    switch (arguments.format) {
      case CheckFormat::kText:
        return report::write_text_check(out, input, options);
      case CheckFormat::kJson:
        return report::write_json_check(out, input, options);
      case CheckFormat::kJunit:
        return report::write_junit_check(out, input, options);
      case CheckFormat::kMarkdown:
        return report::write_markdown_check(out, input, options);
    }
  });
  append_history(arguments.history, history_entry(input));
  print_remarks(*names, arguments.symbols);
  return input.broken() != 0 ? static_cast<int>(Error::Exit::kCheckFailed) : 0;
}

}  // namespace memprof::cli
