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

#include "preload/rule.h"
#include "preload/stream.h"

namespace memprof {

struct Location {
  Rule rule;
  uint32_t id;
};

inline constexpr uint64_t kInterruptedBit = uint64_t{1} << 63;

/// The key of a return address; of an interrupted instruction with kInterruptedBit.
using LocationKey = uint64_t;

/// Slots lie in lines of the cache's size. An address begins to look for its own in the line of the
/// 64 bytes of code around it, because a program's call sites stand together: lines are then full
/// of what is used, and fewer of them have to be at hand.
struct LocationTable {
  struct Slot {
    std::atomic<uint64_t> key;
    std::atomic<uint64_t> value;  ///< Rule::bits << 32 | id, or 0; id 0: only the rule is known
  };
  static constexpr uint64_t kLineBytes = 64;

  /// What finding a key takes.
  struct Slots {
    Slot* begin;
    Slot* end;
    uint64_t lines_mask;  ///< of a line's place in bytes

    /// Where the search begins.
    Slot* first(LocationKey key) const {
      // Two parts of the address tell apart the lines of the largest program. It is less than a
      // multiplication, and all of it is on the walk's critical path.
      const uint64_t line = (key ^ key >> 9) & lines_mask;
      const uint64_t within = key & (kLineBytes - 1) & ~(sizeof(Slot) - 1);
      return reinterpret_cast<Slot*>(reinterpret_cast<uintptr_t>(begin) + within + line);
    }
    Slot* after(Slot* slot) const { return slot + 1 == end ? begin : slot + 1; }

    /// The key's value; 0 when there is none.
    uint64_t find(LocationKey key) const {
      for (Slot* slot = first(key);; slot = after(slot)) {
        // Relaxed: the key is only compared; what belongs to it is read from `value` with acquire.
        const uint64_t found = slot->key.load(std::memory_order_relaxed);
        if (__builtin_expect(found == key, 1)) return slot->value.load(std::memory_order_acquire);
        if (found == 0) return 0;
      }
    }
  };

  Slots slots;
  std::atomic<uint64_t> used;
  uint64_t bytes;  ///< of the mapping

  uint64_t count() const { return static_cast<uint64_t>(slots.end - slots.begin); }
};

extern std::atomic<LocationTable*> g_locations;

/// Finds or makes the location of `key`; a new one is written to `s` before its id is returned. An
/// id of format::kCutLocation means that nothing more can be recorded.
Location resolve_location(Stream& s, LocationKey key);

inline Location find_location(Stream& s, LocationKey key) {
  const LocationTable* table = g_locations.load(std::memory_order_acquire);
  if (__builtin_expect(table != nullptr, 1)) {
    const uint64_t value = table->slots.find(key);
    if (__builtin_expect(static_cast<uint32_t>(value) != 0, 1)) {
      return {{static_cast<uint32_t>(value >> 32)}, static_cast<uint32_t>(value)};
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
