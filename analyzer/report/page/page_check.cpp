#include "analyzer/report/page/page_check.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "analyzer/profile/selection.h"
#include "analyzer/profile/snapshots.h"
#include "analyzer/report/check_report.h"
#include "analyzer/report/shared_frames.h"

namespace memprof::report {
namespace {

/// Functions named when a limit is broken.
constexpr size_t kMovedMax = 50;

const char* unit_of(compare::BudgetFigure figure) {
  if (compare::is_bytes(figure)) return "bytes";
  return figure == compare::BudgetFigure::kTemporaryShare ? "percent" : "count";
}

Json limit_json(const compare::LimitResult& result, PageStrings& strings) {
  const compare::Limit& limit = result.limit;
  const bool known = !result.values.empty();
  return {{"name", strings.id(limit.name)},
          {"figure", strings.id(compare::figure_name(limit.figure))},
          {"scope", strings.id(compare::scope_text(limit.scope))},
          {"line", limit.line},
          {"unit", unit_of(limit.figure)},
          {"state", state_name(result.state)},
          {"value", known ? Json(result.value) : Json()},
          {"limit", result.bound},
          {"baseline", result.baseline ? Json(*result.baseline) : Json()}};
}

/// What functions held at the own peak of each process.
compare::FunctionBytes functions_at_peak(const profile::Run& run, profile::Names& names) {
  const std::vector<size_t> processes = profile::select_processes(run, "");
  profile::RunMoment peak =
      profile::find_own_moments(run, *profile::parse_moment("peak"), processes);
  for (auto& [index, process] : peak.processes)
    process.held =
        profile::site_amounts(run.processes[index].heap, profile::ProcessMoment::From::kOwnPeak);
  return bytes_by_function({run, names, peak, processes});
}

}  // namespace

PageCheck check_run(const profile::Run& run, profile::Names& names, const compare::Budget& budget,
                    const compare::Baseline& baseline) {
  std::vector<std::vector<std::optional<double>>> values;
  for (const compare::Limit& limit : budget.limits)
    values.push_back({compare::measure(run, names, limit)});
  PageCheck check{budget.path, compare::check(budget, baseline, values), {}};
  const bool broken =
      std::any_of(check.results.begin(), check.results.end(),
                  [](const compare::LimitResult& result) { return result.broken(); });
  if (broken && !baseline.functions.empty())
    check.moved = compare::moved_most(baseline.functions, functions_at_peak(run, names));
  return check;
}

Json check_json(const PageCheck& check, PageStrings& strings) {
  Json limits = Json::array();
  for (const compare::LimitResult& result : check.results)
    limits.push_back(limit_json(result, strings));
  Json moved = Json::array();
  for (size_t i = 0; i < std::min(check.moved.size(), kMovedMax); ++i) {
    const compare::Moved& one = check.moved[i];
    moved.push_back({strings.id(frame_text(one.function, 0)), one.before, one.after});
  }
  return {{"budget", strings.id(check.budget_path)},
          {"limits", std::move(limits)},
          {"moved", std::move(moved)}};
}

}  // namespace memprof::report
