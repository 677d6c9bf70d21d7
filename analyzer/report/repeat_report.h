#pragma once

#include <ostream>
#include <string>

#include "analyzer/compare/iterations.h"
#include "analyzer/report/options.h"

namespace memprof::report {

/// Iterations and what is made of them. All must outlive it.
struct RepeatInput {
  std::vector<std::string> command;
  const compare::Iterations& iterations;
  const compare::Growth& growth;
  const compare::Suppressions& suppressions;
  size_t warmup = 0;
  std::string phase;  ///< iterations are phases of this name in one process; "": runs
};

/// For people: the verdict, heap, RSS, live bytes and allocations over the iterations, what grows
/// and what may.
void write_text_repeat(std::ostream& out, const RepeatInput& input, const Options& options);

/// For programs: "memprof-repeat/1", see docs/json.md.
void write_json_repeat(std::ostream& out, const RepeatInput& input, const Options& options);

/// Why the verdict is what it is, in a sentence.
std::string reason_of(const RepeatInput& input);

}  // namespace memprof::report
