#pragma once

#include <cstdint>
#include <span>

#include "analyzer/heap/process_heap.h"
#include "analyzer/profile/run.h"

namespace memprof::profile {

inline constexpr uint64_t kStepNs = 1'000'000;

/// The steps in which a process counts as alive, both included.
struct Lifetime {
  uint64_t first_step;
  uint64_t last_step;
};
Lifetime lifetime_of(const heap::ProcessHeap& heap);

/// The largest sums over 1 ms steps of the run's clock, the first of equals.
///
/// Heap: each live process adds the highest live bytes it had in the step, so the sum is an upper
/// bound of what was live at once. RSS: each adds its latest sample at or before the step's end;
/// where one process alone had more (its VmHWM), that is the peak. The time is then still that of
/// the largest sum.
Tree tree_peak(std::span<const Process> processes);

}  // namespace memprof::profile
