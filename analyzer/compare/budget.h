#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace memprof::compare {

/// What a limit is about.
enum class BudgetFigure {
  kPeakHeap,
  kPeakHeapDelta,  ///< of a phase: above what was there as it began
  kPeakRss,
  kPeakRssDelta,  ///< above what was there as the process or phase began
  kAllocations,
  kLiveAtExit,
  kKept,            ///< by a phase: at its end more than at its begin
  kTemporaryShare,  ///< percent of the allocations
};

/// "peak_heap" and so on, as in a budget.
const char* figure_name(BudgetFigure figure);
std::optional<BudgetFigure> figure_named(const std::string& name);
bool is_bytes(BudgetFigure figure);

/// What a limit holds for: a phase in a process, say. Patterns are "" where a limit has none.
struct BudgetScope {
  std::string process;   ///< glob, as select_processes
  std::string phase;     ///< name
  std::string function;  ///< pattern, as matches_pattern; all that it or what it calls allocates

  bool is_tree() const { return process.empty() && phase.empty() && function.empty(); }
  auto operator<=>(const BudgetScope&) const = default;
};

/// "the tree", "phase render of cc1plus*". Raw bytes.
std::string scope_text(const BudgetScope& scope);

/// One [[limit]] of a budget.
struct Limit {
  std::string name;  ///< as given, else figure and scope
  BudgetFigure figure = BudgetFigure::kPeakHeap;
  BudgetScope scope;
  std::optional<double> max;      ///< absolute; none: what the baseline has
  double tolerance_percent = 0;   ///< of the maximum, on top of it
  double tolerance_absolute = 0;  ///< in the figure's unit, likewise
  bool optional = false;          ///< fine where there is no such process, phase or function
  uint32_t line = 0;

  /// The largest value that is within the limit. `baseline`: used when there is no max.
  double bound(double baseline) const;
};

struct Budget {
  std::string path;
  std::string baseline_path;
  std::vector<Limit> limits;
};

/// Reads a budget (TOML; docs/ci.md has its keys). Throws Error (exit 3) that names file, line and
/// column.
Budget read_budget(const std::string& path);

/// The same from text that is called `path` in errors.
Budget parse_budget(const std::string& text, const std::string& path);

/// A budget to begin with: the tree's figures, relative to the baseline.
std::string starting_budget(const std::string& path);

/// Where the baseline of a budget is unless it says otherwise: "x.toml" has "x.baseline.toml".
std::string usual_baseline_path(const std::string& budget_path);

}  // namespace memprof::compare
