// From a return address to the frame's unwind rule and its location id: one table for the process.
//
// Open addressing, at most half full, doubled when fuller. Entries never change once their value is
// set; readers take no lock. A slot is claimed by a compare-and-swap of its key and completed by
// one of its value, so two threads that meet at an address both end up with a complete slot; who
// loses uses an id of its own (the format allows several ids for one address). Both key and value
// are single words, so a reader sees a whole value or none.
//
// When a module is unloaded its keys are turned into tombstones: another library may be loaded at
// the same place, and must get locations of its own. No thread can be walking through code that is
// being unmapped. A table that was outgrown is unmapped only while one thread records, otherwise it
// is left alone: a reader may be in it. The sizes of all outgrown tables add up to less than the
// present one.
#pragma once

#include <atomic>
#include <cstdint>

#include "preload/stream.h"

namespace memprof {

/// How to get from a frame to its caller, packed into 32 bits; the rest of a slot's value is the
/// id.
enum class Step : uint32_t {
  kNone = 0,
  kFromSp = 1,  ///< CFA = rsp + offset
  kFromBp = 2,  ///< CFA = rbp + offset
  kSlow = 3,    ///< needs the interpreter: signal frames, expressions, other registers
  kEnd = 4,     ///< the outermost frame
  kNoInfo = 5,  ///< nothing is known about this code: the stack ends here, cut
};

struct Rule {
  uint32_t bits;

  static constexpr uint32_t kMaxCfaWords = 0xffff;
  static constexpr uint32_t kMaxBpWords = 0x1fff;

  static constexpr Rule make(Step step, uint32_t cfa_words = 0, uint32_t bp_words = 0) {
    return {static_cast<uint32_t>(step) | (cfa_words << 3) | (bp_words << 19)};
  }
  constexpr Step step() const { return static_cast<Step>(bits & 7); }
  /// In bytes.
  constexpr uint32_t cfa_offset() const { return ((bits >> 3) & kMaxCfaWords) * 8; }
  /// The caller's rbp is saved this many bytes below the CFA; 0: it is unchanged.
  constexpr uint32_t bp_offset() const { return (bits >> 19) * 8; }
};

struct Location {
  Rule rule;
  uint32_t id;
};

inline constexpr uint64_t kInterruptedBit = uint64_t{1} << 63;

/// The key of a return address; of an interrupted instruction with kInterruptedBit.
using LocationKey = uint64_t;

struct LocationTable {
  struct Slot {
    std::atomic<uint64_t> key;
    std::atomic<uint64_t> value;
  };
  uint64_t shift;  ///< 64 - log2(slots)
  uint64_t mask;
  std::atomic<uint64_t> used;
  uint64_t bytes;  ///< of the mapping
  Slot* slots() { return reinterpret_cast<Slot*>(this + 1); }
};

extern std::atomic<LocationTable*> g_locations;

inline uint64_t location_hash(LocationKey key) {
  return key * 0x9e3779b97f4a7c15ULL;
}

/// Finds or makes the location of `key`; a new one is written to `s` before its id is returned. An
/// id of format::kCutLocation means that nothing more can be recorded.
Location resolve_location(Stream& s, LocationKey key);

inline Location find_location(Stream& s, LocationKey key) {
  LocationTable* table = g_locations.load(std::memory_order_acquire);
  if (__builtin_expect(table != nullptr, 1)) {
    LocationTable::Slot* slots = table->slots();
    for (uint64_t index = location_hash(key) >> table->shift;; index = (index + 1) & table->mask) {
      // Relaxed: the key is only compared; what belongs to it is read from `value` with acquire.
      const uint64_t found = slots[index].key.load(std::memory_order_relaxed);
      if (__builtin_expect(found == key, 1)) {
        const uint64_t value = slots[index].value.load(std::memory_order_acquire);
        if (__builtin_expect(static_cast<uint32_t>(value) != 0, 1)) {
          return {{static_cast<uint32_t>(value >> 32)}, static_cast<uint32_t>(value)};
        }
        break;
      }
      if (found == 0) break;
    }
  }
  return resolve_location(s, key);
}

/// Reads the unwind information for `key` into s.cfi.rules. False when there is none.
bool find_frame_rules(Stream& s, LocationKey key);

/// Forgets all addresses in [begin, end): the module there is being unloaded.
void forget_locations(uintptr_t begin, uintptr_t end);

/// In a forked child: the rules stay true, but the ids mean nothing in the child's own file.
void forget_location_ids();

}  // namespace memprof
