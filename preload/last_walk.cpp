#include "preload/last_walk.h"

#include "preload/format/trace_format.h"
#include "preload/process.h"
#include "preload/sys/memory.h"

namespace memprof {

/// Looks at all slots from the candidate outward, without a branch in between: they nearly always
/// are as they were.
bool LastWalk::unchanged() {
  uint64_t changed = 0;
  for (uint32_t i = candidates_ - 1; i > 0; --i) {
    const WalkFrame& frame = frames_[i];
    const WalkFrame& outer = frames_[i - 1];
    changed |= (*frame.return_slot ^ outer.key) | (*frame.bp_slot ^ outer.bp);
  }
  for (uint32_t i = 0; i < extras_count_ && extras_[i].frame < candidates_; ++i) {
    changed |= *reinterpret_cast<const uint64_t*>(extras_[i].address) ^ extras_[i].value;
  }
  if (__builtin_expect(changed == 0, 1)) return true;
  // What lies further out than the outermost change can still be joined.
  uint32_t valid = 1;
  while (valid < candidates_ && *frames_[valid].return_slot == frames_[valid - 1].key &&
         *frames_[valid].bp_slot == frames_[valid - 1].bp) {
    ++valid;
  }
  for (uint32_t i = 0; i < extras_count_ && extras_[i].frame < valid; ++i) {
    if (*reinterpret_cast<const uint64_t*>(extras_[i].address) != extras_[i].value) {
      valid = extras_[i].frame;
    }
  }
  candidates_ = valid;
  return false;
}

bool LastWalk::in_range(const unwind::StackMemory& memory, const uint64_t* slot) const {
  const uintptr_t address = reinterpret_cast<uintptr_t>(slot);
  return address >= memory.low() && address <= memory.high() - sizeof *slot;
}

/// Puts the new frames after those that were kept. False when one cannot be relied on.
bool LastWalk::keep(const unwind::StackMemory& memory) {
  if (!remember_) return false;
  const uint32_t kept = candidates_;
  if (fresh_ > capacity_ - kept) {
    wants_more_ = true;
    return false;
  }
  for (uint32_t i = kept; i < kept + fresh_; ++i) {
    WalkFrame& frame = frames_[i];
    frame = new_frames_[kept + fresh_ - 1 - i];
    const bool outermost = i == 0;
    const WalkFrame& outer = outermost ? frame : frames_[i - 1];
    if (frame.return_slot == nullptr) {
      frame.return_slot = &outer.key;
    } else if (!in_range(memory, frame.return_slot) || frame.return_slot[0] != outer.key) {
      return false;
    }
    const bool passes_on = frame.bp_slot == nullptr;
    if (passes_on || outermost || !outer.needs_bp) {
      frame.bp_slot = &outer.bp;
    } else if (!in_range(memory, frame.bp_slot)) {
      return false;
    }
    if (passes_on && !outermost && outer.needs_bp) frame.needs_bp = true;
  }
  while (extras_count_ > 0 && extras_[extras_count_ - 1].frame >= kept) --extras_count_;
  if (fresh_extras_ > kMaxExtras - extras_count_) return false;
  while (fresh_extras_ > 0) {
    ExtraSlot extra = new_extras_[--fresh_extras_];
    if (!in_range(memory, reinterpret_cast<const uint64_t*>(extra.address))) return false;
    extra.frame = kept + fresh_ - 1 - extra.frame;
    extras_[extras_count_++] = extra;
  }
  return true;
}

void LastWalk::commit(const unwind::StackMemory& memory) {
  const uint32_t total = candidates_ + fresh_;
  count_ = 0;
  if (!keep(memory)) {
    extras_count_ = 0;
    return;
  }
  high_ = memory.high();
  count_ = total;
}

void LastWalk::make_room_slow() {
  wants_more_ = false;
  const uint32_t capacity = capacity_ * 4;
  if (capacity > 2 * format::kMaxFrames) return;
  const size_t bytes = sys::round_to_pages(size_t{2} * capacity * sizeof(WalkFrame));
  void* memory = sys::map_private(bytes);
  if (memory == nullptr) return;
  if (capacity_ > kFirstCapacity) {
    sys::unmap(frames_, sys::round_to_pages(size_t{2} * capacity_ * sizeof(WalkFrame)));
  }
  frames_ = static_cast<WalkFrame*>(memory);
  new_frames_ = frames_ + capacity;
  capacity_ = capacity;
  count_ = 0;
}

}  // namespace memprof
