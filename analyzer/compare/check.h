#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/compare/baseline.h"
#include "analyzer/compare/budget.h"
#include "analyzer/profile/names.h"
#include "analyzer/profile/run.h"

namespace memprof::compare {

/// The value of a limit's figure in a run; nullopt where there is no such process, phase or
/// function, or nobody measured it. Of several processes or phases that a limit is about the
/// largest value counts: each of them has to keep it. Looks up the names of all frames for limits
/// on functions.
std::optional<double> measure(const profile::Run& run, profile::Names& names, const Limit& limit);

/// How a limit was kept.
struct LimitResult {
  enum class State {
    kKept,
    kOver,
    kMissing,  ///< nothing there that the limit is about; counts as broken
    kSkipped,  ///< the same, of a limit that is optional
  };
  Limit limit;
  State state = State::kMissing;
  std::vector<double> values;  ///< of each run that has one
  double value = 0;            ///< their median
  double bound = 0;            ///< the largest that is within the limit
  std::optional<double> baseline;

  bool broken() const { return state == State::kOver || state == State::kMissing; }
  double headroom() const { return bound - value; }
};

/// Holds what was measured to the budget: `values[i]` are those of limit i, one per run. Throws
/// Error (exit 2) that names the line of a limit whose baseline is not known.
std::vector<LimitResult> check(const Budget& budget, const Baseline& baseline,
                               const std::vector<std::vector<std::optional<double>>>& values);

/// What a function held before and after.
struct Moved {
  Frame function;
  uint64_t before;
  uint64_t after;

  int64_t delta() const { return static_cast<int64_t>(after - before); }
};

/// Functions that hold more or less than in the baseline, the largest change first.
std::vector<Moved> moved_most(const FunctionBytes& before, const FunctionBytes& after);

}  // namespace memprof::compare
