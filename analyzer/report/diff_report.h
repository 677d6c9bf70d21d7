#pragma once

#include <ostream>
#include <string>

#include "analyzer/compare/diff.h"
#include "analyzer/report/options.h"

namespace memprof::report {

/// A comparison and where its two sides came from.
struct DiffInput {
  compare::Side before;
  compare::Side after;
  std::string before_name;  ///< as the user wrote it; raw bytes
  std::string after_name;
};

/// For people: both sides, what changed by function, and by process where there are several. Rows,
/// what is cut off and what did not change add up to the totals.
void write_text_diff(std::ostream& out, const DiffInput& input, const Options& options);

/// For programs: "memprof-diff/1", see docs/json.md.
void write_json_diff(std::ostream& out, const DiffInput& input, const Options& options);

}  // namespace memprof::report
