#pragma once

#include <functional>
#include <string>
#include <vector>

#include "analyzer/profile/moment.h"
#include "analyzer/profile/run.h"

namespace memprof::profile {

/// What else than the usual is wanted of a run.
struct RunRequest {
  std::vector<Moment> moments;
  /// Each moment in each process that `process` matches, on its own clock, instead of in the run.
  bool own_clocks = false;
  std::string process;        ///< as select_processes
  bool phase_peaks = false;   ///< what lived at phases' own peaks
  bool details = false;       ///< ProcessHeap::details
  bool reachability = false;  ///< Process::reached
  /// Told how many processes of how many have been read, by any thread.
  std::function<void(size_t done, size_t all)> progress = {};
  /// Only what is held at moments (these, the tree's peak, phases' peaks) will be looked at: of
  /// processes that have no part in any, a profile file's sites may be left out.
  bool only_moments = false;
  /// Also what was held at up to so many moments of the run, evenly spaced at round times, and at
  /// its end: Run::key_moments. Fewer where very many stacks would take too much memory; of a
  /// profile file, those that it kept of all processes alive then.
  size_t key_moments = 0;
};

/// Of the phases of one name in a process, the one with the highest peak has its live set kept, and
/// of those at most this many with the highest peaks.
inline constexpr size_t kPhasePeaksMax = 24;

/// Reads a profile file, or reads and replays the traces of `path`: a trace directory (all its
/// *.mtrace files) or one trace file. Every site's at_bytes and at_blocks are those of the tree's
/// peak; for processes not alive then they are 0.
///
/// Files that cannot be read are listed in Run::unreadable. Throws Error (exit 3) that names the
/// path when nothing at all could be read, and (exit 2) when there is no such moment or process.
Run open_run(const std::string& path, const RunRequest& request = {});

/// The trace files of a directory, in the order of names. Throws Error when it cannot be read.
std::vector<std::string> trace_paths(const std::string& directory);

}  // namespace memprof::profile
