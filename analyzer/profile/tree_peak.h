#pragma once

#include <cstdint>
#include <span>
#include <vector>

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

/// From `step` on, a sum is larger by `delta` (modulo 2^64, so that a shrinking sum needs no sign).
struct Change {
  uint64_t step;
  uint64_t delta;
};

/// What a process adds to the sum of all heaps over the steps, appended to `changes`.
void add_heap_changes(const heap::ProcessHeap& heap, std::vector<Change>& changes);

/// The largest sums over 1 ms steps of the run's clock, the first of equals.
///
/// Heap: each live process adds the highest live bytes it had in the step, so the sum is an upper
/// bound of what was live at once. RSS: each adds its latest sample at or before the step's end;
/// where one process alone had more (its VmHWM), that is the peak. The time is then still that of
/// the largest sum.
Tree tree_peak(std::span<const Process> processes);

}  // namespace memprof::profile
