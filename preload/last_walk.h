// Replay: how a walk gets by with the few frames that are new.
//
// A walk is a function. Its state is (pc, rsp, rbp, whether the frame was interrupted); one step
// computes the next state from the state, from the unwind rule of the pc, and from the stack slots
// that the rule reads (the return address, a saved rbp, whatever an expression or a signal frame
// looks at). So if a frame of the walk in progress has the same state as a frame of the thread's
// last walk, and every slot that the last walk read from there outward still holds the value found
// then, and the rules are the same, then all outer frames are the same, too. Nothing less will do.
// In particular the slots of return addresses alone prove nothing: a call, an alloca, and a second
// call from the same place leave a stale, intact return address of the first at another depth.
// Comparing rsp as well as pc, and each slot by its own address, is what tells the two apart.
//
// What is remembered, per frame and outermost first: the state, the location's id, and the slots of
// its step. An ordinary frame's slots are two: the return address, right below the CFA, whose value
// is the outer frame's pc; and the saved rbp, whose value is the outer frame's rbp. The frame that
// is one's outer neighbour holds the value to compare with, so nothing is stored twice. Slots of
// other frames (expressions, signal frames, the 0 that ends some stacks) stand in a short list of
// their own.
//
// rbp is part of the state only where a rule uses it. Code without frame pointers keeps other
// values in it; where no frame from here outward derives its CFA from the rbp of this one, neither
// the comparison of states nor the slot that rbp would be restored from counts.
//
// When it is dropped: when a module has been unloaded (its addresses may have other rules and ids
// now), in a forked child (ids are per file), when the stream passes to another thread or a handler
// has left a hook by siglongjmp, and when the stack is another one. A walk is not remembered at all
// when it left the known range of the stack (a signal stack), needed registers besides rsp and rbp
// from the hook itself, was cut for what it read, or is longer than can be recorded.
//
// Reading the slots is safe for the reason that the walk itself is: all lie in the range of pages
// that StackMemory knows to be the readable stack, at or above the present stack pointer.
#pragma once

#include <cstddef>
#include <cstdint>

#include "preload/unwind/stack_memory.h"

namespace memprof {

/// A frame of a walk. Frames of the walk in progress have no neighbour yet, and name the address of
/// the saved rbp, or 0.
struct WalkFrame {
  uint64_t key;  ///< of its location (locations.h); that of an ordinary return address is itself
  uintptr_t sp;
  uint64_t bp;
  /// Where the outer neighbour's key and rbp were read; their own members where nothing was.
  const uint64_t* return_slot;
  const uint64_t* bp_slot;
  uint8_t needs_bp;  ///< the walk from here outward depends on bp; while it is in progress: this
                     ///< step does
  uint8_t joinable;  ///< the state is only what is above
};

/// A slot that is not an ordinary frame's.
struct ExtraSlot {
  uintptr_t address;
  uint64_t value;
  uint32_t frame;  ///< whose step read it
};

/// One per stream, used by the thread that owns the stream.
class LastWalk {
 public:
  static constexpr uint32_t kFirstCapacity = 128;
  static constexpr size_t kFirstBytes = 2 * kFirstCapacity * sizeof(WalkFrame);

  /// Gives it kFirstBytes of memory to begin with.
  void use(void* memory) {
    frames_ = static_cast<WalkFrame*>(memory);
    new_frames_ = frames_ + kFirstCapacity;
    capacity_ = kFirstCapacity;
  }

  /// Forgets everything. Memory stays.
  void drop() { count_ = 0; }

  /// To be called before a walk, after `memory` has been told of the stack pointer.
  void begin(const unwind::StackMemory& memory, uint32_t epoch) {
    if (__builtin_expect(high_ != memory.high() || epoch_ != epoch, 0)) {
      count_ = 0;
      epoch_ = epoch;
    }
    candidates_ = count_;
    fresh_ = 0;
    fresh_extras_ = 0;
    remember_ = true;
  }

  /// Whether all frames from the one with this state outward are those of the last walk. If so,
  /// kept() of them are.
  bool join(uint64_t key, uintptr_t sp, uint64_t bp) {
    uint32_t i = candidates_;
    while (i > 0 && frames_[i - 1].sp < sp) --i;
    candidates_ = i;
    if (i == 0) return false;
    const WalkFrame& frame = frames_[i - 1];
    if (frame.sp != sp || frame.key != key || !frame.joinable) return false;
    if (frame.needs_bp && frame.bp != bp) return false;
    return unchanged();
  }

  /// After a successful join: how many of the last walk's frames, counted from the outermost, are
  /// this walk's outermost ones.
  uint32_t kept() const { return candidates_; }

  /// Without a join.
  void join_nothing() { candidates_ = 0; }

  /// Notes a frame of the walk in progress, innermost first, before its step.
  WalkFrame* add(uint64_t key, uintptr_t sp, uint64_t bp, bool joinable) {
    if (__builtin_expect(fresh_ == capacity_, 0)) {
      remember_ = false;
      wants_more_ = true;
      return &scratch_;
    }
    WalkFrame* frame = new_frames_ + fresh_++;
    *frame = {key, sp, bp, nullptr, nullptr, true, joinable};
    return frame;
  }

  /// Notes a slot that the step of the newest frame has read.
  void add_extra(uintptr_t address, uint64_t value) {
    if (fresh_extras_ == kMaxExtras) {
      remember_ = false;
      return;
    }
    new_extras_[fresh_extras_++] = {address, value, fresh_ - 1};
  }

  /// The walk in progress is not one to come back to.
  void do_not_remember() { remember_ = false; }

  /// The walk has been recorded: it is the last one from now on.
  void commit(const unwind::StackMemory& memory);

  /// Provides memory for more frames where a walk found too little. Before begin().
  void make_room() {
    if (__builtin_expect(wants_more_, 0)) make_room_slow();
  }

 private:
  static constexpr uint32_t kMaxExtras = 48;

  bool unchanged();
  bool in_range(const unwind::StackMemory& memory, const uint64_t* slot) const;
  bool keep(const unwind::StackMemory& memory);
  void make_room_slow();

  WalkFrame* frames_;      ///< the last walk, outermost first
  WalkFrame* new_frames_;  ///< the walk in progress, innermost first
  uint32_t capacity_;      ///< of each of the two
  uint32_t count_;
  uint32_t candidates_;  ///< frames of the last walk that may still be joined
  uint32_t fresh_;
  uint32_t extras_count_;
  uint32_t fresh_extras_;
  uintptr_t high_;  ///< of the stack's known range
  uint32_t epoch_;
  bool remember_;
  bool wants_more_;
  ExtraSlot extras_[kMaxExtras];  ///< by frame, outermost first
  ExtraSlot new_extras_[kMaxExtras];
  WalkFrame scratch_;
};

}  // namespace memprof
