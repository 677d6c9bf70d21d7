#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/compare/budget.h"
#include "analyzer/compare/shared_stacks.h"

namespace memprof::compare {

/// What functions held at their processes' peaks: all stacks whose first frame that is no allocator
/// function it is.
using FunctionBytes = std::map<Frame, uint64_t>;

/// What was measured once, to be committed and compared with.
struct Baseline {
  std::map<std::pair<BudgetFigure, BudgetScope>, double> values;
  FunctionBytes functions;

  std::optional<double> value(const Limit& limit) const;
};

/// Throws Error (exit 3) that names file, line and column.
Baseline read_baseline(const std::string& path);

/// The budget's baseline, an empty one where there is no such file: a budget of absolute limits
/// needs none, and check() says which limit does. Throws as read_baseline.
Baseline baseline_of(const Budget& budget);

Baseline parse_baseline(const std::string& text, const std::string& path);

/// As TOML, the same for the same baseline; of the functions those that held most.
std::string baseline_text(const Baseline& baseline);

}  // namespace memprof::compare
