#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/profile/file/database.h"
#include "analyzer/profile/run.h"

namespace memprof::profile {

/// What a profile file says of the run as a whole.
struct StoredRun {
  uint64_t run_start_ns = 0;  ///< CLOCK_MONOTONIC
  double fold_percent = 0;
  bool finished = false;  ///< all processes are there, and what is known only then
};

/// Throws Error when the file does not say it.
StoredRun read_stored_run(Database& database);

/// The processes of a profile file without sites, stacks and live sets: everything else, in the
/// run's order, with ids and parents.
struct StoredProcesses {
  Run run;
  std::vector<uint64_t> rows;  ///< processes.id of each
};
StoredProcesses read_processes(Database& database);

}  // namespace memprof::profile
