#include "preload/unwind/stack_memory.h"

namespace memprof::unwind {
namespace {

// A frame may skip this many pages and still count as the same stack.
constexpr uintptr_t kMaxGapPages = 16;

bool pages_readable(uintptr_t begin, uintptr_t end) {
  for (uintptr_t page = begin; page < end; page += sys::kPageBytes) {
    if (!sys::is_readable(page)) return false;
  }
  return true;
}

}  // namespace

bool StackMemory::ask_far(uintptr_t address) {
  if (sys::g_quiet) return true;  // Nobody can be asked.
  if (!sys::is_readable(address)) return false;
  far_[next_far_++ % kFarPages] = sys::page_of(address);
  return true;
}

void StackMemory::enter_slow(uintptr_t sp) {
  forget_far();
  const uintptr_t page = sys::page_of(sp);
  if (sp < main_end_ && main_end_ - sp <= main_bytes_) {
    low_ = page;
    high_ = main_end_;
    return;
  }
  // The stack grew down a little: what lies between was reached by a frame below, but ask all the
  // same.
  if (page < low_ && low_ - page <= kMaxGapPages * sys::kPageBytes &&
      pages_readable(page + sys::kPageBytes, low_)) {
    low_ = page;
    return;
  }
  low_ = page;
  high_ = page + sys::kPageBytes;
}

bool StackMemory::extend(uintptr_t address) {
  const uintptr_t last = sys::page_of(address + 7);
  if (address + 7 < address) return false;  // wrapped around
  const bool near = address >= low_ && last >= high_ &&
                    last - high_ <= kMaxGapPages * sys::kPageBytes && high_ != main_end_;
  if (near && pages_readable(high_, last + sys::kPageBytes)) {
    high_ = last + sys::kPageBytes;
    return true;
  }
  // Another stack (from a signal stack back to the interrupted one), or nonsense: this place only.
  return sys::is_readable(address);
}

}  // namespace memprof::unwind
