#pragma once

#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "analyzer/compare/scaling.h"
#include "analyzer/report/groups.h"
#include "analyzer/report/options.h"

namespace memprof::report {

/// What one value of the input took, in each of its runs.
struct ScalePoint {
  double value;
  std::vector<uint64_t> heap_peak_bytes;
  std::vector<uint64_t> rss_peak_bytes;  ///< 0: not known
};

/// What a line of code held at the peak for each value, and per unit.
struct ScaleSite {
  GroupKey place;
  std::vector<uint64_t> bytes;  ///< by value
  double per_unit;
};

/// How a command's memory follows its input.
struct ScaleInput {
  std::vector<std::string> command;  ///< with {} where the value goes
  std::vector<ScalePoint> points;    ///< the values rising
  compare::Scaling heap;
  std::optional<compare::Scaling> rss;  ///< where it is known
  std::vector<ScaleSite> sites;         ///< the most per unit first
  std::optional<double> predict;
  std::string cwd;  ///< paths below it are shown relative
};

/// For people: sizes, the fits, the prediction, and which lines cost how much per unit.
void write_text_scale(std::ostream& out, const ScaleInput& input, const Options& options);

/// For programs: "memprof-scale/1", see docs/json.md.
void write_json_scale(std::ostream& out, const ScaleInput& input, const Options& options);

}  // namespace memprof::report
