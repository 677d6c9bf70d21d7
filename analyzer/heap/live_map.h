#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "analyzer/heap/hash.h"
#include "analyzer/heap/hint.h"

namespace memprof::heap {

/// A block that is live, and what its end will need to know.
struct LiveBlock {
  uint64_t address;
  uint64_t size;
  uint64_t birth;  ///< which birth of the process this was, counted from 1
  uint32_t site;   ///< LiveMap::kNoSite in a free slot

  bool operator==(const LiveBlock&) const = default;
};

/// The live blocks by address: open addressing with linear probing in one array, two slots a cache
/// line, at most five eighths full. Half of all events end a block, so erasing moves the followers
/// back instead of leaving a marker: a lookup never walks over the dead.
///
/// Pointers are valid until the next insert or erase.
class LiveMap {
 public:
  static constexpr uint32_t kNoSite = UINT32_MAX;

  LiveMap() { rebuild(kFirstSlots); }

  size_t size() const { return size_; }

  /// Null when no block lives there.
  LiveBlock* find(uint64_t address) {
    LiveBlock& slot = slots_[probe(address)];
    return slot.site == kNoSite ? nullptr : &slot;
  }

  /// Inserts `block` (whose site is not kNoSite) unless one lives at its address. The one that now
  /// lives there, and whether it is the new one.
  std::pair<LiveBlock*, bool> emplace(const LiveBlock& block) {
    if ((size_ + 1) * 8 > slots_.size() * 5) rebuild(slots_.size() * 2);
    LiveBlock& slot = slots_[probe(block.address)];
    if (slot.site != kNoSite) return {&slot, false};
    slot = block;
    ++size_;
    return {&slot, true};
  }

  /// Calls `each` with every live block, in no order.
  template <typename Each>
  void visit(Each each) const {
    for (const LiveBlock& slot : slots_) {
      if (slot.site != kNoSite) each(slot);
    }
  }

  /// REQUIRES: `block` came from find or emplace, and nothing has changed since.
  void erase(LiveBlock* block) {
    auto hole = static_cast<size_t>(block - slots_.data());
    for (size_t next = (hole + 1) & mask_; slots_[next].site != kNoSite;
         next = (next + 1) & mask_) {
      // A follower may fill the hole unless its own place lies behind the hole.
      const size_t home = home_of(slots_[next].address);
      if (((next - home) & mask_) < ((next - hole) & mask_)) continue;
      slots_[hole] = slots_[next];
      hole = next;
    }
    slots_[hole].site = kNoSite;
    --size_;
  }

  /// The block at `address` if it lies in its own place, as most do; looks no further.
  const LiveBlock* likely(uint64_t address) const {
    const LiveBlock& slot = slots_[home_of(address)];
    return slot.site != kNoSite && slot.address == address ? &slot : nullptr;
  }

  /// Tells the processor that `address` will be looked up soon.
  MEMPROF_HINT void prefetch(uint64_t address) const {
    __builtin_prefetch(&slots_[home_of(address)], 1);
  }

 private:
  static constexpr size_t kFirstSlots = 1024;

  size_t home_of(uint64_t address) const { return hash_of(address, seed_) & mask_; }

  size_t probe(uint64_t address) const {
    size_t at = home_of(address);
    while (slots_[at].site != kNoSite && slots_[at].address != address) at = (at + 1) & mask_;
    return at;
  }

  void rebuild(size_t slots) {
    std::vector<LiveBlock> old(slots, LiveBlock{0, 0, 0, kNoSite});
    old.swap(slots_);
    mask_ = slots - 1;
    for (const LiveBlock& block : old) {
      if (block.site != kNoSite) slots_[probe(block.address)] = block;
    }
  }

  uint64_t seed_ = hash_seed();
  size_t mask_ = 0;
  size_t size_ = 0;
  std::vector<LiveBlock> slots_;
};

}  // namespace memprof::heap
