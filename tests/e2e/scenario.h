// One run of a test program under the recorder, with its ledgers, and the questions that all tests
// ask.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/support/ledger_reader.h"
#include "tests/support/recording.h"
#include "tests/support/run_program.h"

namespace memprof::test {

/// The path of a program of tests/e2e/programs.
std::string test_program(const std::string& name);

/// The path of the recorder.
std::string library();

class Scenario {
 public:
  /// `arguments` may say "LEDGERS" where the program wants to know the ledgers' directory.
  Scenario(const std::string& program, std::vector<std::string> arguments);

  /// Change it before running.
  Command command;

  /// Runs the program; checks that it ended in time, and that a trace of its process exists.
  Result run();

  /// The process that run() started, as recorded. Replays the traces at the first call.
  const Process& process();
  const Recording& recording();

  LedgerReader ledger(const std::string& name = "root") const;

  /// The recorded process that kept this ledger, by its pid and executable.
  const Process& process_of(const LedgerReader& kept, const std::string& exe_name);

  const TemporaryDirectory ledgers;
  const TemporaryDirectory traces;

 private:
  std::string exe_name_;
  std::optional<Result> result_;
  std::optional<Recording> recording_;
};

/// Whether stacks may be marked as cut.
enum class Cuts { kNone, kAllowed };

/// Checks that the program's own allocations are what its ledger says, to the byte, and that
/// nothing is lost.
void check_own_counts(const Process& process, const LedgerReader& kept, Cuts cuts = Cuts::kNone);

/// The same for the whole process, for programs beside which nothing allocates; its peak too.
void check_totals(const Process& process, const LedgerReader& kept);

/// Checks that recording ended early and that what is missing is counted: a realloc is one event,
/// and one allocation and one free in the ledger.
void check_truncated(const Process& process, const LedgerReader& kept);

/// Waits until the threads of a program have made that many allocations together, by its ledger
/// "root"; a minute at most.
void wait_for_allocations(const std::string& ledgers, uint64_t count);

/// Checks the counts of the program "killed", which may have been stopped anywhere: for each of its
/// threads, between what had been done and what had been begun. Nothing else is lost or damaged.
void check_killed_counts(const Process& process, const LedgerReader& kept, unsigned threads);

}  // namespace memprof::test
