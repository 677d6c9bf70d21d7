#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "analyzer/compare/check.h"
#include "analyzer/compare/side_stacks.h"
#include "analyzer/report/json_values.h"
#include "analyzer/report/options.h"

namespace memprof::report {

/// What functions hold at a moment: all stacks whose first frame that is no allocator function it
/// is.
compare::FunctionBytes bytes_by_function(const compare::Side& side);

/// What a check has found. All must outlive it.
struct CheckInput {
  const compare::Budget& budget;
  std::vector<std::string> runs;  ///< as the user wrote them; raw bytes
  std::string command;            ///< the first run's; raw bytes
  const std::vector<compare::LimitResult>& results;
  const std::vector<compare::Moved>& moved;  ///< since the baseline, when a limit is broken

  size_t broken() const;
};

/// For people, at a terminal.
void write_text_check(std::ostream& out, const CheckInput& input, const Options& options);

/// For programs: "memprof-check/1", see docs/json.md.
void write_json_check(std::ostream& out, const CheckInput& input, const Options& options);

/// For CI systems: JUnit XML, a test case a limit.
void write_junit_check(std::ostream& out, const CheckInput& input, const Options& options);

/// For a pull request's summary.
void write_markdown_check(std::ostream& out, const CheckInput& input, const Options& options);

/// "kept", "over", "missing" or "skipped".
const char* state_name(compare::LimitResult::State state);

/// A value of that figure for people: "1.50 MiB", "1,234", "12.5 %".
std::string value_text(compare::BudgetFigure figure, double value, bool plain_bytes);

/// "64.0 MiB, 3.1 % over 62.0 MiB" and the like, for a limit that is broken.
std::string broken_text(const compare::LimitResult& result);

}  // namespace memprof::report
