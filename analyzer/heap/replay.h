#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "analyzer/heap/live_map.h"
#include "analyzer/heap/process_heap.h"
#include "analyzer/trace/trace_file.h"

namespace memprof::heap {

struct ReplayOptions {
  /// CLOCK_MONOTONIC of the run's start; all *_ns of the result count from it.
  uint64_t run_start_ns = 0;
  /// Fill ProcessHeap::snapshots with the live sets at these moments. What lives as a step or phase
  /// begins counts as a moment of it; one without events has no other.
  std::vector<SnapshotPoint> snapshots;
  /// Fill ProcessHeap::details. Replay then takes about twice the time.
  bool details = false;
  /// Called by replay_run after each image, by any of its threads.
  std::function<void()> replayed = {};
  /// Filled with what is live at the end, in no order; null: not wanted.
  std::vector<LiveBlock>* live_blocks = nullptr;
};

/// Replays one process image on its own: frees of blocks it has not allocated count as foreign.
/// Throws Error when the file cannot be read any more; damage is counted in the result's health.
/// Memory follows the live blocks and the contexts, never the events. Thread-safe.
ProcessHeap replay(const trace::TraceFile& file, const ReplayOptions& options);

/// Replays one image of a run once more, for what the first time did not ask: sites and contexts
/// come out the same, with the same numbers, but nothing of what was inherited. `forked`: whether
/// it is a fork of an image whose file was there too.
ProcessHeap replay_again(const trace::TraceFile& file, const ReplayOptions& options, bool forked);

/// Replays all images of a run, several at a time, and settles what forked children inherited: a
/// free of a block that was live in the parent at the fork moves from foreign_frees to
/// inherited_frees. Results in the order of `files`.
std::vector<ProcessHeap> replay_run(const std::vector<const trace::TraceFile*>& files,
                                    const ReplayOptions& options);

}  // namespace memprof::heap
