#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "analyzer/heap/process_heap.h"
#include "analyzer/profile/moment.h"

namespace memprof::profile {

struct Run;

/// What a process held at a moment, and how to find out.
struct ProcessMoment {
  enum class From { kNothing, kOwnPeak, kEnd, kSnapshot };
  From from = From::kNothing;
  heap::SnapshotPoint point{};   ///< kSnapshot
  uint64_t time_ns = 0;          ///< on the run's clock
  std::vector<heap::Held> held;  ///< as the process's sites; filled by open_run

  uint64_t bytes() const;
  uint64_t blocks() const;
};

/// A moment found in a run.
struct RunMoment {
  Moment moment;
  /// Each process at its own moment, on its own clock, instead of all at once.
  bool own_clocks = false;
  uint64_t time_ns = 0;  ///< on the run's clock; 0 with own_clocks
  /// By index into Run::processes. Who is not there did not live then, has no such moment or was
  /// not asked for.
  std::map<size_t, ProcessMoment> processes;

  uint64_t heap_bytes() const;
  uint64_t heap_blocks() const;
};

/// The latest RSS known of a process at a time of the run's clock, the recorder's own memory taken
/// off; 0 when none is.
uint64_t rss_at(const heap::ProcessHeap& heap, uint64_t time_ns);

/// Finds the moment on the run's clock, where `peak` is the tree's and marks and phases are those
/// of all processes, in the order of time. REQUIRES: run.tree is filled. Throws Error (exit 2) that
/// says which moments there are when there is no such one.
RunMoment find_moment(const Run& run, const Moment& moment);

/// The same in each of these processes alone. Throws when none of them has such a moment.
RunMoment find_own_moments(const Run& run, const Moment& moment,
                           const std::vector<size_t>& processes);

/// How the live set at the tree's peak is found in each process alive then.
RunMoment tree_peak_moment(const Run& run);

}  // namespace memprof::profile
