#include "preload/last_walk.h"

#include "preload/format/trace_format.h"
#include "preload/locations.h"
#include "preload/sys/memory.h"

namespace memprof {
void LastWalk::use(void* memory, uint32_t capacity) {
  first_ = static_cast<WalkFrame*>(memory) + 1;
  first_[-1] = kNowhere;
  limit_ = first_ + capacity;
  end_ = limit_ + 1 + capacity;
  // The one before them is all zeros; writing that would cost a page.
  extras_ = reinterpret_cast<ExtraSlot*>(end_) + 1;
  capacity_ = capacity;
  count_ = 0;
  extras_count_ = 0;
}

void LastWalk::begin_anew(uint32_t epoch) {
  count_ = 0;
  // Another stack is no reason to look up the same addresses again.
  if (epoch_ != epoch) drop();
  epoch_ = epoch;
}

bool LastWalk::in_range(const unwind::StackMemory& memory, uintptr_t slot) const {
  return slot >= memory.low() && slot <= memory.high() - sizeof(uint64_t);
}

bool LastWalk::put_extra(const unwind::StackMemory& memory, uintptr_t address, uint64_t value,
                         uint32_t frame) {
  if (static_cast<uint32_t>(extras_count_) == capacity_) return false;
  if (address != ExtraSlot::kNoReturnSlot && !in_range(memory, address)) return false;
  extras_[extras_count_++] = {address, value, frame};
  return true;
}

/// Finds out what else the frames beyond the kept ones depend on. False when one cannot be relied
/// on.
bool LastWalk::keep(const unwind::StackMemory& memory, uint32_t kept) {
  if (!remember_) return false;
  if (kept == 0) cut_ = cuts_;
  for (uint32_t i = kept; i < count_; ++i) {
    WalkFrame& frame = first_[i];
    const Rule rule = frame.rule();
    const bool ordinary = rule.step() == Step::kFromSp || rule.step() == Step::kFromBp;
    if (rule.step() == Step::kFromBp || rule.step() == Step::kSlow) {
      frame.how |= WalkFrame::kNeedsBp;
    }
    if (i > 0 && !ordinary) {
      if (!put_extra(memory, ExtraSlot::kNoReturnSlot, 0, i)) return false;
    } else if (i > 0) {
      const WalkFrame& outer = first_[i - 1];
      if (!in_range(memory, outer.sp - 8)) return false;
      if ((outer.how & WalkFrame::kNeedsBp) != 0) {
        if (rule.bp_offset() == 0) {
          frame.how |= WalkFrame::kNeedsBp;
        } else if (!put_extra(memory, outer.sp - rule.bp_offset(), outer.bp, i)) {
          return false;
        }
      }
    }
    // Those that have been noted are in the order of the walk.
    while (fresh_extras_ > 0 && count_ - 1 - new_extras_[fresh_extras_ - 1].frame == i) {
      const ExtraSlot& extra = new_extras_[--fresh_extras_];
      if (!put_extra(memory, extra.address, extra.value, i)) return false;
    }
  }
  return true;
}

void LastWalk::make_room_slow() {
  wants_more_ = false;
  const uint32_t capacity = capacity_ * 4;
  if (capacity > 2 * format::kMaxFrames) return;
  void* memory = sys::map_private(sys::round_to_pages(bytes_for(capacity)));
  if (memory == nullptr) return;
  if (capacity_ > kFirstCapacity) {
    WalkFrame* const first_end = limit_ < end_ ? limit_ : end_;
    sys::unmap(first_end - capacity_ - 1, sys::round_to_pages(bytes_for(capacity_)));
  }
  use(memory, capacity);
}

}  // namespace memprof
