#pragma once

#include <vector>

#include "analyzer/heap/replay.h"
#include "analyzer/profile/run.h"
#include "analyzer/trace/trace_file.h"

namespace memprof::profile {

/// The phases of each process whose live sets are worth keeping: of each name the one with the
/// highest peak, the first of equals; of those the `limit` highest of each process.
std::vector<PhasePeak> highest_phases(const Run& run, size_t limit);

/// What the sites of a process held at its own peak (kOwnPeak) or end (kEnd).
std::vector<heap::Held> site_amounts(const heap::ProcessHeap& heap, ProcessMoment::From from);

/// Fills what run.moments, run.key_moments, run.phase_peaks and, of the tree's peak, the sites'
/// at_bytes and at_blocks hold. Only processes of whom more must be known than their own peak and
/// end are replayed again, with these options besides. `files` in the order of run.processes.
void fill_snapshots(const std::vector<trace::TraceFile>& files, const heap::ReplayOptions& options,
                    Run& run);

}  // namespace memprof::profile
