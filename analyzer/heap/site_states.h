#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "analyzer/heap/process_heap.h"

namespace memprof::heap {

/// What replay keeps of a site, one cache line; what Counts says more follows from it.
struct alignas(64) SiteState {
  uint64_t allocations = 0;
  uint64_t frees = 0;
  uint64_t bytes_allocated = 0;
  uint64_t live_bytes = 0;
  uint64_t peak_bytes = 0;
  uint64_t peak_blocks = 0;
  uint64_t temporary = 0;
  uint64_t moments_seen = 0;  ///< how many moments there had been when the site last changed

  uint64_t live_blocks() const { return allocations - frees; }

  Counts counts() const {
    Counts counts;
    counts.allocations = allocations;
    counts.frees = frees;
    counts.bytes_allocated = bytes_allocated;
    counts.live_bytes = live_bytes;
    counts.live_blocks = live_blocks();
    counts.peak_bytes = peak_bytes;
    counts.peak_blocks = peak_blocks;
    counts.temporary = temporary;
    return counts;
  }
};

/// The sites' states by number, in blocks: a vector would copy all of them, into memory new from
/// the kernel, whenever it grows.
class SiteStates {
 public:
  uint32_t size() const { return size_; }

  SiteState& operator[](uint32_t site) { return blocks_[site / kPerBlock][site % kPerBlock]; }
  const SiteState& operator[](uint32_t site) const {
    return blocks_[site / kPerBlock][site % kPerBlock];
  }

  /// Makes room for `size` sites; the new ones are zero.
  void grow(uint32_t size) {
    while (blocks_.size() * kPerBlock < size)
      blocks_.push_back(std::make_unique<SiteState[]>(kPerBlock));
    size_ = size;
  }

 private:
  static constexpr size_t kPerBlock = 1024;

  std::vector<std::unique_ptr<SiteState[]>> blocks_;
  uint32_t size_ = 0;
};

}  // namespace memprof::heap
