#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "analyzer/compare/leaks.h"
#include "analyzer/report/options.h"

namespace memprof::report {

/// The leaks of one run. All but the name must outlive it.
struct LeaksOfRun {
  const profile::Run& run;
  profile::Names& names;
  const std::vector<size_t>& processes;  ///< those looked at
  const compare::Leaks& leaks;
  std::string name;  ///< as the user wrote it; raw bytes
};

struct LeaksInput {
  std::vector<LeaksOfRun> runs;
  const compare::Suppressions& suppressions;
  compare::FailOn fail_on;

  bool failed() const;
};

/// For people: of each run what is lost, unknown and reachable, by site; what was suppressed, by
/// suppression; the verdict.
void write_text_leaks(std::ostream& out, const LeaksInput& input, const Options& options);

/// For programs: "memprof-leaks/1", see docs/json.md. All rows, whatever options.top is.
void write_json_leaks(std::ostream& out, const LeaksInput& input, const Options& options);

/// For code scanning: SARIF 2.1.0, one result a stack, equal ones of all processes and runs summed;
/// suppressed ones as a sum alone. Files below a run's working directory are relative to it.
void write_sarif_leaks(std::ostream& out, const LeaksInput& input, const Options& options);

/// "lost", "reachable" or "unknown".
const char* state_name(compare::Reachability state);

}  // namespace memprof::report
