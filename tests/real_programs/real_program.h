// Programs that people use, run alone and then with two preloads in every process: the recorder and
// behind it the counting preload (counter.h), which has to count the same.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/run_program.h"

namespace memprof::test {

struct RealProgram {
  /// Programs without which the case is skipped, with a warning.
  std::vector<std::string> needs;

  /// What /bin/sh runs, in an empty directory. Prints what it has made, or its checksum.
  std::string script;

  /// Put into the directory before: names and contents.
  std::vector<std::pair<std::string, std::string>> files = {};

  /// Executables, by base name, of which a trace with events has to exist.
  std::vector<std::string> recorded;

  /// Executables, by base name, which the report has to name as not covered, or as having had
  /// children that were not.
  std::vector<std::string> not_covered = {};

  /// What differs between two runs without any preload, as regular expressions.
  std::vector<std::string> varying = {};

  /// Processes may end while so many threads of theirs allocate, each with a call that one of the
  /// two preloads has counted and the other not yet.
  unsigned in_flight = 0;

  /// To run as; root's otherwise.
  std::optional<uid_t> user = std::nullopt;

  /// Whether it asks for what a container may forbid: where it fails alone it is skipped.
  bool privileged = false;
};

/// Whether a program of that name is installed, in the usual directories for programs.
bool is_installed(const std::string& name);

/// Runs it alone and preloaded, and checks that it ends the same and prints the same, and that for
/// each process image both preloads count the same allocations, frees and bytes.
void check_real_program(const RealProgram& program);

}  // namespace memprof::test
