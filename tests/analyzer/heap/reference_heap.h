#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/heap/process_heap.h"
#include "tests/support/trace_builder.h"

namespace memprof::test {

using SiteCounts = std::map<Frames, heap::Counts>;

/// The counting rules in the plainest form: at each new peak everything is copied. Knows nothing of
/// traces; it is told what really happened, in the order in which it happened.
class ReferenceHeap {
 public:
  /// `snapshot_step`: of SnapshotPoint::What::kStep.
  explicit ReferenceHeap(std::optional<uint64_t> snapshot_step = {})
      : snapshot_step_(snapshot_step) {}

  void birth(uint64_t time_ns, uint32_t thread, uint64_t address, uint64_t size,
             const Frames& frames);
  void death(uint64_t time_ns, uint32_t thread, uint64_t address);

  /// What the sites should be at the end.
  SiteCounts sites() const;
  heap::Totals totals() const;
  const std::vector<heap::Step>& steps() const { return steps_; }

  /// Bytes and blocks of each site.
  using Holding = std::map<Frames, std::pair<uint64_t, uint64_t>>;
  struct Past {
    uint64_t time_ns;
    uint64_t bytes;
    Holding holding;
  };
  /// What lived after each event, in order; kept when asked for. The first is the empty beginning.
  std::vector<Past> past;
  bool keeps_past = false;

 private:
  struct Block {
    uint64_t size;
    Frames frames;
    uint32_t thread;
    uint64_t birth_of_thread;
  };
  Holding holding() const;
  uint64_t live_bytes() const;
  void before(uint64_t time_ns);
  void after(uint64_t time_ns);

  std::optional<uint64_t> snapshot_step_;
  std::map<uint64_t, Block> live_;
  std::map<uint32_t, uint64_t> births_of_thread_;
  SiteCounts counts_;
  uint64_t peak_bytes_ = 0;
  uint64_t peak_time_ns_ = 0;
  Holding at_peak_;
  uint64_t foreign_frees_ = 0;
  std::vector<heap::Step> steps_;
  std::optional<Holding> at_snapshot_;
  uint64_t snapshot_bytes_ = 0;
};

/// The sites of a replayed heap by the names of their frames; at_bytes and at_blocks are those of
/// the snapshot, if there is one.
SiteCounts sites_of(const heap::ProcessHeap& heap, const std::map<uint64_t, std::string>& names,
                    size_t snapshot = 0);

/// REQUIREs that a replay came to what the reference says. `names`: of the return addresses.
void require_equal(const heap::ProcessHeap& heap, const ReferenceHeap& reference,
                   const std::map<uint64_t, std::string>& names);

}  // namespace memprof::test
