#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/heap/process_heap.h"
#include "analyzer/profile/moments.h"
#include "analyzer/trace/trace_file.h"

namespace memprof::profile {

class FrameSource;

/// What a site still held when its process exited, by whether it could be reached.
struct Reached {
  heap::Held lost;
  heap::Held reachable;
  heap::Held unknown;

  bool operator==(const Reached&) const = default;
};

/// A process image of the run. The same pid comes back after exec and when the kernel reuses it.
struct Process {
  uint32_t id = 0;      ///< 1..N by (start, pid, trace id); Run::processes[id - 1]
  uint32_t parent = 0;  ///< id of the image it came from, always smaller than its own; 0 for a root
  trace::Identity identity;
  heap::ProcessHeap heap;
  std::optional<int> signal;  ///< the signal that ended it, where somebody outside saw that
  /// As heap.sites; nullopt unless it was asked for and the process left its memory's words. Sums
  /// equal each site's live bytes and blocks.
  std::optional<std::vector<Reached>> reached;
  bool skipped = false;  ///< left out by MEMPROF_ONLY or MEMPROF_SKIP; nothing was recorded
};

/// Images that ran without the recorder, or under one that could not see everything.
struct Uncovered {
  std::string exe;
  std::string reason;
  uint64_t processes = 1;  ///< how many images of that exe and reason
};

/// A file of the directory that should be a trace and could not be read.
struct UnreadableFile {
  std::string path;
  std::string reason;
};

/// The sums over all live processes, at their largest.
struct Tree {
  uint64_t peak_heap_bytes = 0;  ///< largest sum over 1 ms steps of the highest heap in the step
  uint64_t peak_time_ns = 0;     ///< start of that step
  uint64_t peak_rss_bytes = 0;
  uint64_t peak_rss_time_ns = 0;
  std::vector<uint32_t> alive_at_peak;  ///< ids, ascending
};

/// What a process held at the highest moment of one of its phases.
struct PhasePeak {
  size_t process;                ///< index into Run::processes
  size_t phase;                  ///< index into ProcessHeap::phases
  std::vector<heap::Held> held;  ///< as the process's sites
};

/// Everything recorded of one run. Times are on the run's clock, which starts with the first image.
struct Run {
  std::vector<std::string> command;  ///< argv of the first root
  uint64_t start_unix_ns = 0;
  uint64_t duration_ns = 0;
  std::vector<Process> processes;
  std::vector<Uncovered> not_covered;     ///< by exe, then reason
  std::vector<Uncovered> partly_covered;  ///< by exe, then reason
  std::vector<UnreadableFile> unreadable;
  Tree tree;
  std::vector<RunMoment> moments;      ///< those asked for
  std::vector<RunMoment> key_moments;  ///< in the order of time; when asked for
  std::vector<PhasePeak> phase_peaks;  ///< by process, then phase; when asked for
  /// Names that a profile file keeps; null for raw traces, whose names are in the modules' files.
  std::shared_ptr<FrameSource> frames;
  /// Stacks of less than this share of their process were summed up when the profile was made; 0
  /// when each stack is there.
  double fold_percent = 0;

  const Process& by_id(uint32_t id) const { return processes.at(id - 1); }
};

}  // namespace memprof::profile
