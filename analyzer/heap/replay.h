#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "analyzer/heap/process_heap.h"
#include "analyzer/trace/trace_file.h"

namespace memprof::heap {

struct ReplayOptions {
  uint64_t run_start_ns = 0;  ///< CLOCK_MONOTONIC of the run's start; all *_ns of the result count from it
  /// Fill at_bytes and at_blocks with the live set at the highest moment of this step (of the run's clock).
  std::optional<uint64_t> snapshot_step;
};

/// Replays one process image on its own: frees of blocks it has not allocated count as foreign.
ProcessHeap replay(const trace::TraceFile& file, const ReplayOptions& options);

/// Replays all images of a run, several at a time, and settles what forked children inherited: a free of a
/// block that was live in the parent at the fork moves from foreign_frees to inherited_frees.
/// Results in the order of `files`.
std::vector<ProcessHeap> replay_run(const std::vector<const trace::TraceFile*>& files,
                                    const ReplayOptions& options);

}  // namespace memprof::heap
