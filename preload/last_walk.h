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
// What is remembered, per frame and outermost first: the state. The slots of an ordinary frame's
// step follow from the states: the return address stands right below the CFA, which is the outer
// neighbour's rsp, and its value is that neighbour's pc; the saved rbp stands at a known distance
// below it, and its value is that neighbour's rbp. So nothing is stored twice, and looking at the
// slots is a straight run of independent loads. What other frames' steps read (expressions, signal
// frames, the 0 that ends some stacks) stands in a short list of its own.
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
// Reading the slots is safe for the reason that the walk itself is: none is read but those that a
// walk without replay would read. That they lay in the known range of the stack is not enough: a
// program may have put another stack in the place of this one since, and that may end before. So
// they are compared from the candidate outward, and no further than they are as they were.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "preload/rule.h"
#include "preload/unwind/stack_memory.h"

namespace memprof {

/// A frame of a walk.
struct WalkFrame {
  uint64_t key;  ///< of its location (locations.h); that of an ordinary return address is itself
  uintptr_t sp;
  uint64_t bp;
  uint64_t how;  ///< Rule::bits of its step, and the flags below; the walk itself sets kNotJoinable

  static constexpr uint64_t kNotJoinable = uint64_t{1} << 32;  ///< the state is more than the above
  static constexpr uint64_t kNeedsBp = uint64_t{1} << 33;      ///< the walk outward depends on bp

  Rule rule() const { return {static_cast<uint32_t>(how)}; }
};

/// A slot that is not an ordinary frame's return address.
struct ExtraSlot {
  uintptr_t address;  ///< kNoReturnSlot: the outer frame's key was not read from right below its sp
  uint64_t value;
  uint32_t frame;  ///< whose step read it

  static constexpr uintptr_t kNoReturnSlot = 0;
};

/// What the location table says about a key that was found in a like place before.
struct Guess {
  uint64_t key;
  uint64_t value;  ///< LocationTable::Slot::value, with an id; 0 where key is
};

/// One per stream, used by the thread that owns the stream.
///
/// There are two areas. The frames of the last walk lie in one of them, outermost first, and before
/// them there is always a frame that is further out than any: sp is UINTPTR_MAX. The walk in
/// progress, which goes from the innermost frame outward, writes its own downward from the end of
/// the other, so that in the end they stand there in the same order. Then they are copied behind
/// those that were kept, or, where those are few, those before them. Behind the areas are the extra
/// slots.
class LastWalk {
 public:
  static constexpr uint32_t kFirstCapacity = 63;  // both areas in a page
  static constexpr size_t kFirstBytes =
      2 * (1 + kFirstCapacity) * sizeof(WalkFrame) + (1 + kFirstCapacity) * sizeof(ExtraSlot);
  static constexpr uint32_t kGuesses = 256;

  /// Gives it kFirstBytes of memory to begin with, and memory for kGuesses; both zeroed.
  void use(void* memory, Guess* guess_memory) {
    use(memory, kFirstCapacity);
    guesses = guess_memory;
  }

  /// Forgets everything. Memory stays.
  void drop() {
    count_ = 0;
    memset(guesses, 0, kGuesses * sizeof(Guess));
  }

  /// To be called before a walk, after `memory` has been told of the stack pointer.
  void begin(const unwind::StackMemory& memory, uint32_t epoch) {
    if (__builtin_expect(high_ != memory.high() || epoch_ != epoch, 0)) {
      begin_anew(epoch);
    }
    candidate = first_ + count_ - 1;
    next = end_;
    steps = 0;
    fresh_extras_ = 0;
    remember_ = true;
    cuts_ = false;
  }

  // The walk in progress moves these three itself.
  WalkFrame* candidate;  ///< the innermost frame of the last walk that may still be joined
  WalkFrame* next;       ///< the newest frame of the walk in progress
  uint32_t steps;        ///< the bits of the rules of its frames, or'ed

  /// By place: how far out, and called from where. The return address of a frame is known only once
  /// all frames further in have been passed, and looking it up takes several steps, each waiting
  /// for the one before; a guess is at hand at once, and only has to be compared.
  Guess* guesses;

  static Guess& guess(Guess* all, uintptr_t sp, uint64_t inner_key) {
    // Frames begin at multiples of 16, which is a guess's size, too: this is a place in bytes.
    static_assert(sizeof(Guess) == 16);
    const uint64_t place = (sp ^ inner_key * sizeof(Guess)) & (kGuesses - 1) * sizeof(Guess);
    return *reinterpret_cast<Guess*>(reinterpret_cast<uintptr_t>(all) + place);
  }

  /// How many frames there is memory for.
  size_t room() const { return static_cast<size_t>(next - (end_ - capacity_)); }

  /// Whether the candidate has this rbp, or does not depend on it. Its key and sp have been
  /// compared.
  bool agrees(uint64_t bp) const {
    if (__builtin_expect((candidate->how & (WalkFrame::kNeedsBp | WalkFrame::kNotJoinable)) == 0,
                         1)) {
      return true;
    }
    return (candidate->how & WalkFrame::kNotJoinable) == 0 && candidate->bp == bp;
  }

  /// Whether all slots from the candidate outward are as the last walk found them. Otherwise the
  /// candidate becomes the innermost frame beyond the first that is not, unless there is none.
  bool unchanged() {
    WalkFrame* frame = candidate;
    const ExtraSlot* extra = extras_ + extras_count_;
    while (extra[-1].frame >= kept_frames()) --extra;
    for (;;) {
      // The candidate's own key has been compared.
      const WalkFrame* const with_extra = first_ + extra[-1].frame;
      while (frame > with_extra) {
        --frame;
        if (__builtin_expect(word_at(frame->sp - 8) != frame->key, 0)) {
          candidate = frame;
          return false;
        }
      }
      if (extra == extras_) return true;
      --extra;
      if (extra->address == ExtraSlot::kNoReturnSlot) {
        --frame;
      } else if (__builtin_expect(word_at(extra->address) != extra->value, 0)) {
        candidate = frame - 1;
        return false;
      }
    }
  }

  /// How many locations of the last stack, counted from the outermost, are this one's.
  uint32_t kept() const {
    const uint32_t frames = kept_frames();
    return frames == 0 ? 0 : frames + (cut_ ? 1 : 0);
  }

  /// None of the last walk's frames is this one's.
  void join_nothing() { candidate = first_ - 1; }

  /// Notes a slot that the step of the newest frame has read.
  void add_extra(uintptr_t address, uint64_t value) {
    if (fresh_extras_ == kMaxNoted) {
      remember_ = false;
      return;
    }
    new_extras_[fresh_extras_++] = {address, value, static_cast<uint32_t>(end_ - next) - 1};
  }

  /// The walk in progress is not one to come back to.
  void do_not_remember() { remember_ = false; }

  /// The walk in progress finds no more memory: it begins anew in the same place, and is not
  /// remembered.
  void wrap() {
    next = end_;
    remember_ = false;
    wants_more_ = true;
  }

  /// The walk in progress ends with the location of a cut stack.
  void end_cut() { cuts_ = true; }

  /// The walk has been recorded: it is the last one from now on.
  void commit(const unwind::StackMemory& memory) {
    const uint32_t kept = kept_frames();
    const uint32_t fresh = static_cast<uint32_t>(end_ - next);
    while (extras_count_ > 0 && extras_[extras_count_ - 1].frame >= kept) --extras_count_;
    // All steps from rsp, and rbp is of no use further out: there is nothing but the states.
    const bool simple = Rule{steps}.step() == Step::kFromSp && remember_ && kept != 0 &&
                        (candidate->how & WalkFrame::kNeedsBp) == 0;
    if (__builtin_expect(fresh > capacity_ - kept, 0)) {
      wants_more_ = true;
      count_ = 0;
      return;
    }
    if (fresh > 2 * kept) {
      move_kept(kept);
    } else {
      if (__builtin_expect(kept + fresh > static_cast<size_t>(limit_ - first_), 0)) go_back(kept);
      copy(next, first_ + kept, fresh);
    }
    count_ = kept + fresh;
    high_ = memory.high();
    if (__builtin_expect(!simple, 0) && !keep(memory, kept)) count_ = 0;
  }

  /// Provides memory for more frames where a walk found too little. Before begin().
  void make_room() {
    if (__builtin_expect(wants_more_, 0)) make_room_slow();
  }

 private:
  static constexpr uint32_t kMaxNoted = 48;
  static constexpr WalkFrame kNowhere{0, UINTPTR_MAX, 0, 0};

  static uint64_t word_at(uintptr_t address) { return *reinterpret_cast<const uint64_t*>(address); }
  static size_t bytes_for(uint32_t capacity) {
    return 2 * (1 + size_t{capacity}) * sizeof(WalkFrame) +
           (1 + size_t{capacity}) * sizeof(ExtraSlot);
  }
  uint32_t kept_frames() const { return static_cast<uint32_t>(candidate + 1 - first_); }
  void use(void* memory, uint32_t capacity);
  void begin_anew(uint32_t epoch);
  bool in_range(const unwind::StackMemory& memory, uintptr_t slot) const;
  bool put_extra(const unwind::StackMemory& memory, uintptr_t address, uint64_t value,
                 uint32_t frame);
  bool keep(const unwind::StackMemory& memory, uint32_t kept);

  /// Word by word, as they were written a moment ago: a wider load would wait for those stores.
  static void copy(const WalkFrame* from, WalkFrame* to, uint32_t count) {
    for (const WalkFrame* const end = from + count; from != end; ++from, ++to) {
      to->key = from->key;
      to->sp = from->sp;
      to->bp = from->bp;
      to->how = from->how;
    }
  }
  /// The few kept frames go before the new ones, and the areas change their parts.
  void move_kept(uint32_t kept) {
    WalkFrame* const first = next - kept;
    copy(first_, first, kept);
    first[-1] = kNowhere;
    first_ = first;
    WalkFrame* const end = end_;
    end_ = limit_;
    limit_ = end;
  }
  /// The kept frames go to the beginning of their area, to make room behind them.
  void go_back(uint32_t kept) {
    WalkFrame* const first = limit_ - capacity_;
    copy(first_, first, kept);
    first[-1] = kNowhere;
    first_ = first;
  }
  void make_room_slow();

  WalkFrame* first_;
  WalkFrame* limit_;   ///< end of the area that those lie in
  WalkFrame* end_;     ///< of the area of the walk in progress
  ExtraSlot* extras_;  ///< by frame, outermost first; before them one of frame 0
  uint32_t capacity_;  ///< of the two areas, and of the extra slots
  uint32_t count_;
  int32_t extras_count_;
  uint32_t fresh_extras_;
  uint32_t epoch_;
  uintptr_t high_;  ///< of the stack's known range
  bool remember_;
  bool wants_more_;
  bool cut_;                         ///< the last stack's outermost location says that it was cut
  bool cuts_;                        ///< the same of the walk in progress
  ExtraSlot new_extras_[kMaxNoted];  ///< of the walk in progress; frames are counted from inside
};

}  // namespace memprof
