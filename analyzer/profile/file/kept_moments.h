#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "analyzer/heap/process_heap.h"
#include "analyzer/profile/run.h"

namespace memprof::profile {

/// A moment of a process whose live set a profile file keeps, besides its own peak and end.
struct KeptMoment {
  heap::SnapshotPoint point;
  uint64_t time_ns;  ///< on the run's clock
};

/// At most so many live sets are kept for moments that have no name.
inline constexpr size_t kKeyframesMax = 64;

/// What to keep of a process, in the order of time: marks, phases' edges and peaks, key frames at
/// whole numbers of milliseconds (of the run's clock and of the process's own), the step
/// `tree_step` when given, and `others`, moments of other processes. At most `frames_max` are key
/// frames.
std::vector<KeptMoment> moments_to_keep(const heap::ProcessHeap& heap,
                                        std::optional<uint64_t> tree_step,
                                        const std::vector<uint64_t>& others, size_t frames_max);

/// Where a live set comes from: one of `kept` by its index, the end, or nothing at all.
struct KeptSource {
  enum class From { kNothing, kEnd, kKept } from = From::kNothing;
  size_t index = 0;
};

/// Where `kept` has the live set of `point`: at that very moment, or at one without any event
/// between the two. nullopt: nowhere.
std::optional<KeptSource> find_kept(const heap::ProcessHeap& heap,
                                    const std::vector<KeptMoment>& kept, heap::SnapshotPoint point,
                                    uint64_t time_ns);

/// Moments of the run at which what was held can be asked for: round times, as key frames are, and
/// the end. At most `count` and one; fewer the more sites there are; none for 0.
std::vector<RunMoment> find_key_moments(const Run& run, size_t count);

}  // namespace memprof::profile
