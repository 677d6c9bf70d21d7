// Which memory the walker may read. It never leaves the stack it runs on without asking the kernel.
//
// The known range [low, high) holds pages seen to be readable and contiguous with the stack
// pointer. On the main thread it reaches up to the frame of _start at once: the kernel keeps that
// stack in one piece. Everywhere else (threads, fibers, signal stacks, stacks that a program mapped
// for itself) it grows page by page as frames reach them, one question to the kernel for each page,
// remembered as long as the stack pointer stays in or next to the range. There is no reliable
// cheaper way: a fiber's stack can lie anywhere, and pthread_getattr_np opens /proc and allocates.
#pragma once

#include <cstdint>
#include <cstring>

#include "preload/sys/memory.h"

namespace memprof::unwind {

/// One per stream, used by the thread that owns the stream.
class StackMemory {
 public:
  /// `main_end` is where the main thread's frames end (the stack pointer with which the process was
  /// entered) and `main_bytes` how far they may reach down from there; 0 for other threads.
  void reset(uintptr_t main_end, uintptr_t main_bytes) {
    low_ = high_ = 0;
    forget_far();
    entry_sp_ = main_end;
    main_end_ = main_end == 0 ? 0 : sys::page_of(main_end) + sys::kPageBytes;
    main_bytes_ = main_bytes;
  }

  /// Whether a frame with this stack pointer is the code that the kernel entered the process in.
  bool is_process_entry(uintptr_t sp) const {
    constexpr uintptr_t kAlignment = 16;  // the entry code rounds the stack pointer down
    return entry_sp_ != 0 && sp + kAlignment > entry_sp_ && sp <= entry_sp_;
  }

  /// To be called with the stack pointer before each walk.
  void enter(uintptr_t sp) {
    if (__builtin_expect(sp - low_ >= high_ - low_, 0)) enter_slow(sp);
  }

  /// Whether eight bytes at `address` are in the known range or could be added to it.
  bool covers(uintptr_t address) {
    if (__builtin_expect(address - low_ < high_ - low_ && high_ - address >= 8, 1)) return true;
    return extend(address);
  }

  /// Reads eight bytes; false when they cannot be read.
  bool fetch(uintptr_t address, uint64_t* value) {
    if (!covers(address)) return false;
    memcpy(value, reinterpret_cast<const void*>(address), sizeof *value);
    return true;
  }

  /// Whether a step may look at `address` although it lies a page or more from its frame's stack
  /// pointer. Only unwind information that uses rbp or computes leads so far, and both can be
  /// wrong: a program may have protected pages in the middle of its stack. The kernel is asked once
  /// a page.
  bool may_jump(uintptr_t address) {
    const uintptr_t page = sys::page_of(address);
    if (sys::page_of(address + 7) == page) {
      for (const uintptr_t known : far_) {
        if (known == page) return true;
      }
    }
    return ask_far(address);
  }

  /// Before a step's calls of read().
  void set_frame(uintptr_t sp) {
    frame_sp_ = sp;
    noted_ = 0;
  }

  /// The same as fetch, for a step that computes its addresses; notes what was read where.
  bool read(uintptr_t address, uint64_t* value) {
    if (address - frame_sp_ >= sys::kPageBytes && !may_jump(address)) return false;
    if (!fetch(address, value)) return false;
    if (noted_ < kMaxNotes) notes_[noted_] = {address, *value};
    ++noted_;
    return true;
  }

  struct Note {
    uintptr_t address;
    uint64_t value;
  };
  static constexpr uint32_t kMaxNotes = 40;  // a signal frame restores seventeen registers
  const Note* notes() const { return notes_; }
  /// How many reads there were; beyond kMaxNotes they were not noted.
  uint32_t noted() const { return noted_; }

  /// The known range.
  uintptr_t low() const { return low_; }
  uintptr_t high() const { return high_; }

 private:
  void enter_slow(uintptr_t sp);
  bool extend(uintptr_t address);
  bool ask_far(uintptr_t address);
  void forget_far() {
    for (uintptr_t& page : far_) page = 0;
  }

  uintptr_t low_;
  uintptr_t high_;
  uintptr_t entry_sp_;
  uintptr_t main_end_;
  uintptr_t main_bytes_;
  uintptr_t frame_sp_;
  static constexpr uint32_t kFarPages = 8;
  uintptr_t far_[kFarPages];  // found readable
  uint32_t next_far_;
  uint32_t noted_;
  Note notes_[kMaxNotes];
};

}  // namespace memprof::unwind
