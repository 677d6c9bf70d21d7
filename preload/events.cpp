#include "preload/events.h"

#include "preload/locations.h"
#include "preload/modules.h"
#include "preload/samples.h"
#include "preload/sys/clock.h"
#include "preload/threads.h"

namespace memprof {
namespace {

using format::Kind;

// The most a birth or resize takes besides its frames: a Base and a Time record, words, stamps,
// escapes.
constexpr uint32_t kMaxEventBytes = 96;
constexpr uint32_t kMaxFrameBytes = 4;

// Where one thread alone runs the clock is looked at once in so many events.
constexpr uint32_t kEventsPerLook = 16;

/// Writes bytes one after the other. Room has been made; unaligned stores are plain moves here.
class Out {
 public:
  explicit Out(uint8_t* at) : at_(at) {}

  template <typename T>
  void put(T value) {
    memcpy(at_, &value, sizeof value);
    at_ += sizeof value;
  }

  uint8_t* at() const { return at_; }

 private:
  uint8_t* at_;
};

[[gnu::noinline]] void follow_stamp_mode_slow(Stream& s, uint32_t stamped, uint64_t begin_stamp) {
  if (!make_room(s, sizeof(format::StampsRecord) + 4)) return;
  const format::StampsRecord record{stamped, begin_stamp != 0 ? begin_stamp : sys::ordered_stamp()};
  s.stamped = stamped;
  if (append(s, format::Control::kStamps, record)) s.last_stamp = record.stamp;
}

/// Makes the stream's way of stamping the process's: after the second stream has come, stamps
/// everywhere. `begin_stamp`: where the event that is about to be recorded began before now, else
/// 0.
inline void follow_stamp_mode(Stream& s, uint64_t begin_stamp = 0) {
  const uint32_t stamped = g_stamped.load(std::memory_order_acquire);
  if (__builtin_expect(s.stamped != stamped, 0)) follow_stamp_mode_slow(s, stamped, begin_stamp);
}

/// The stamp of an event that carries one. As early in the event as may be: it waits for all that
/// was begun before it, which should not be the walk.
inline uint64_t take_stamp(const Stream& s) {
  return s.stamped != 0 ? sys::ordered_stamp() : 0;
}

/// Time for streams without stamps: whatever takes long between two looks shows in the trace.
[[gnu::noinline]] void look_at_clock(Stream& s) {
  s.time_countdown = kEventsPerLook;
  const uint64_t now = sys::plain_stamp();
  constexpr uint64_t kWorthWriting =
      1u << 19;  // some 200 us: a fifth of a step of the tree's timeline
  if (now - s.last_stamp >= kWorthWriting) {
    if (append(s, format::Control::kTime, format::TimeRecord{now})) s.last_stamp = now;
  }
  sample_if_due(s, now);
}

/// Before the first word of an event: the parts of its address and stamp that do not fit into that
/// word. Room for kMaxEventBytes has been made. Returns the address delta in granules.
int32_t put_base(Stream& s, Out* out, uintptr_t address, int32_t min_delta, int32_t max_delta) {
  const int64_t difference = static_cast<int64_t>(address - s.last_address);
  const int64_t granules = difference / int64_t{format::kGranuleBytes};
  if (__builtin_expect((difference & (format::kGranuleBytes - 1)) == 0 && granules >= min_delta &&
                           granules <= max_delta,
                       1)) {
    return static_cast<int32_t>(granules);
  }
  out->put(format::control_word(format::Control::kBase, 4 + sizeof(format::BaseRecord)));
  out->put(static_cast<uint64_t>(address));
  return 0;
}

/// The 32-bit stamp difference of a stamped event, after a Time record where it would not fit.
uint32_t put_time(Stream& s, Out* out, uint64_t stamp) {
  uint64_t difference = stamp - s.last_stamp;
  if (__builtin_expect(difference > UINT32_MAX, 0)) {
    out->put(format::control_word(format::Control::kTime, 4 + sizeof(format::TimeRecord)));
    out->put(stamp);
    difference = 0;
  }
  return static_cast<uint32_t>(difference);
}

/// How a stack differs from the one the reader knows.
struct StackChange {
  uint32_t common;
  uint32_t pops;
  uint32_t pushes;
  uint32_t repeats;
};

inline StackChange compare_stacks(const Stream& s, const CallStack& stack) {
  const uint32_t count = stack.depth();
  const uint32_t most = count < s.depth ? count : s.depth;
  uint32_t common = stack.kept < most ? stack.kept : most;
  while (common < most && s.last_stack[common] == s.walked[count - 1 - common]) ++common;
  const uint32_t pushes = count - common;
  if (pushes == 0) return {common, s.depth - common, 0, 0};
  // Most often a leaf or two are the same, called from elsewhere. Without branches, which could not
  // be foretold. What is read beyond the stacks lies in the stream, and does not count.
  const uint32_t* const old = s.last_stack + s.depth;
  const uint32_t most_repeats = pushes < s.depth ? pushes : s.depth;
  uint32_t same = 1;
  uint32_t repeats = 0;
  for (uint32_t i = 0; i < format::kMaxRepeats; ++i) {
    same &= static_cast<uint32_t>(i < most_repeats) &
            static_cast<uint32_t>(old[-1 - static_cast<int32_t>(i)] == s.walked[i]);
    repeats += same;
  }
  return {common, s.depth - common, pushes, repeats};
}

inline uint32_t size_word_of(size_t size, const StackChange& change) {
  return format::size_word(
      size < format::kSizeEscape ? static_cast<uint32_t>(size) : format::kSizeEscape,
      change.pops < format::kCountEscape ? change.pops : format::kCountEscape,
      change.pushes < format::kCountEscape ? change.pushes : format::kCountEscape, change.repeats);
}

inline void put_escapes(Out* out, size_t size, const StackChange& change) {
  if (__builtin_expect(size >= format::kSizeEscape, 0)) out->put(static_cast<uint64_t>(size));
  if (__builtin_expect(change.pops >= format::kCountEscape, 0)) {
    out->put(static_cast<uint16_t>(change.pops));
  }
  if (__builtin_expect(change.pushes >= format::kCountEscape, 0)) {
    out->put(static_cast<uint16_t>(change.pushes));
  }
}

/// The rare ways of prepare_stack.
[[gnu::noinline]] bool make_room_for_stack(Stream& s, const CallStack& stack, StackChange* change) {
  if (stack.depth() != 0 && make_room(s, kMaxEventBytes + kMaxFrameBytes * change->pushes)) {
    // A new chunk begins with an empty stack, and may not have room for all of this one yet.
    if (change->common <= s.depth && change->pops == s.depth - change->common) return true;
    *change = compare_stacks(s, stack);
    if (make_room(s, kMaxEventBytes + kMaxFrameBytes * change->pushes)) return true;
  }
  count_lost(1);
  return false;
}

/// Walks, compares, and makes room. False when the event cannot be recorded (counted).
[[gnu::always_inline]] inline bool prepare_stack(Stream& s, const Caller& caller, CallStack* stack,
                                                 StackChange* change) {
  *stack = walk_stack(s, caller);
  *change = compare_stacks(s, *stack);
  const uint32_t bytes = kMaxEventBytes + kMaxFrameBytes * change->pushes;
  if (__builtin_expect(stack->depth() != 0 && s.chunk != nullptr && s.position + bytes <= s.limit,
                       1)) {
    return true;
  }
  return make_room_for_stack(s, *stack, change);
}

[[gnu::noinline]] void put_wide_frames(const Stream& s, Out* out, const CallStack& stack,
                                       const StackChange& change) {
  const uint32_t count = stack.depth() - change.repeats;
  for (uint32_t i = change.common; i < count; ++i) {
    const uint32_t id = stack.id(s, i);
    if (id < format::kWideFrame) {
      out->put(static_cast<uint16_t>(id));
    } else {
      out->put(static_cast<uint16_t>(format::kWideFrame | id >> 16));
      out->put(static_cast<uint16_t>(id));
    }
  }
}

/// Writes the new frames, and makes the stack the last one. (Whoever jumps out of the event before
/// it is published leaves a last stack that is not looked at any more: recover_stream.)
[[gnu::always_inline]] inline void put_frames(Stream& s, Out* out, const CallStack& stack,
                                              const StackChange& change) {
  uint32_t* const to = s.last_stack + change.common;
  uint32_t all = 0;
  if (__builtin_expect(change.pushes <= stack.fresh, 1)) {
    const uint32_t* from = s.walked + change.pushes;
    const uint32_t* const repeated = s.walked + change.repeats;
    Out narrow = *out;
    uint32_t* last = to;
    while (from != repeated) {
      const uint32_t id = *--from;
      all |= id;
      *last++ = id;
      narrow.put(static_cast<uint16_t>(id));
    }
    while (from != s.walked) *last++ = *--from;
    // The bits of several ids together may look like a wide one's; that costs time only.
    if (__builtin_expect(all < format::kWideFrame, 1)) {
      *out = narrow;
      return;
    }
  } else {
    for (uint32_t i = stack.kept; i < stack.depth(); ++i) s.last_stack[i] = stack.id(s, i);
  }
  put_wide_frames(s, out, stack, change);
}

/// After publishing: from here on the reader knows the new stack.
[[gnu::always_inline]] inline void remember_stack(Stream& s, const CallStack& stack) {
  s.depth = stack.depth();
  s.last_walk.commit(s.memory);
}

uint32_t end_of(const Stream& s, const Out& out) {
  return static_cast<uint32_t>(out.at() - s.chunk);
}

}  // namespace

void record_birth(const void* block, size_t size, Kind kind, const Caller& caller) {
  Stream* stream = begin_event(caller.sp);
  if (stream == nullptr) return;
  Stream& s = *stream;
  follow_stamp_mode(s);
  const uint64_t taken = take_stamp(s);
  CallStack stack;
  StackChange change;
  if (prepare_stack(s, caller, &stack, &change)) {
    const uint64_t stamp = s.stamped != 0 ? taken : s.last_stamp;
    const uintptr_t address = reinterpret_cast<uintptr_t>(block);
    Out out(s.chunk + s.position);
    const uint32_t ticks = s.stamped != 0 ? put_time(s, &out, stamp) : 0;
    const int32_t delta =
        put_base(s, &out, address, format::kBirthDeltaMin, format::kBirthDeltaMax);
    const bool other = kind > Kind::kOther;
    out.put(format::birth_word(static_cast<uint32_t>(other ? Kind::kOther : kind), delta));
    out.put(size_word_of(size, change));
    if (s.stamped != 0) out.put(ticks);
    put_escapes(&out, size, change);
    if (other) out.put(static_cast<uint16_t>(kind));
    put_frames(s, &out, stack, change);
    publish(s, end_of(s, out));
    s.last_address = address;
    s.last_stamp = stamp;
    remember_stack(s, stack);
    if (s.stamped == 0 && s.time_countdown-- == 0) look_at_clock(s);
  }
  end_event(stream);
}

void record_death(const void* block, const Caller& caller) {
  Stream* stream = begin_event(caller.sp);
  if (stream == nullptr) return;
  Stream& s = *stream;
  if (__builtin_expect(
          (g_module_filter.load(std::memory_order_relaxed) &  // A hint; the list decides.
           module_filter_bit(block)) != 0,
          0)) {
    end_module_if_record(s, block);
  }
  follow_stamp_mode(s);
  const uint64_t taken = take_stamp(s);
  if (make_room(s, kMaxEventBytes)) {
    const uint64_t stamp = s.stamped != 0 ? taken : s.last_stamp;
    const uintptr_t address = reinterpret_cast<uintptr_t>(block);
    Out out(s.chunk + s.position);
    const uint32_t ticks = s.stamped != 0 ? put_time(s, &out, stamp) : 0;
    const int32_t delta =
        put_base(s, &out, address, format::kDeathDeltaMin, format::kDeathDeltaMax);
    out.put(format::death_word(delta));
    if (s.stamped != 0) out.put(ticks);
    publish(s, end_of(s, out));
    s.last_address = address;
    s.last_stamp = stamp;
    if (s.stamped == 0 && s.time_countdown-- == 0) look_at_clock(s);
  } else {
    count_lost(1);
  }
  end_event(stream);
}

void record_resize(const void* old_block, const void* new_block, size_t size, uint64_t begin_stamp,
                   const Caller& caller) {
  Stream* stream = begin_event(caller.sp);
  if (stream == nullptr) return;
  Stream& s = *stream;
  follow_stamp_mode(s, begin_stamp);
  const uint64_t taken = take_stamp(s);
  CallStack stack;
  StackChange change;
  if (prepare_stack(s, caller, &stack, &change)) {
    const uint64_t stamp = s.stamped != 0 ? taken : s.last_stamp;
    const uintptr_t from = reinterpret_cast<uintptr_t>(old_block);
    const uintptr_t to = reinterpret_cast<uintptr_t>(new_block);
    Out out(s.chunk + s.position);
    const uint32_t ticks = s.stamped != 0 ? put_time(s, &out, stamp) : 0;
    const int32_t delta = put_base(s, &out, from, format::kDeathDeltaMin, format::kDeathDeltaMax);
    out.put(format::resize_word(delta));
    out.put(size_word_of(size, change));
    const int64_t moved = static_cast<int64_t>(to - from);
    const int64_t granules = moved / int64_t{format::kGranuleBytes};
    const bool near =
        (moved & (format::kGranuleBytes - 1)) == 0 && granules > INT32_MIN && granules <= INT32_MAX;
    out.put(near ? static_cast<int32_t>(granules) : format::kNewAddressEscape);
    if (s.stamped != 0) {
      const uint64_t took = begin_stamp == kNoStamp ? 0 : stamp - begin_stamp;
      out.put(ticks);
      out.put(took < UINT32_MAX ? static_cast<uint32_t>(took) : UINT32_MAX);
    }
    put_escapes(&out, size, change);
    if (!near) out.put(static_cast<uint64_t>(to));
    put_frames(s, &out, stack, change);
    publish(s, end_of(s, out));
    s.last_address = to;
    s.last_stamp = stamp;
    remember_stack(s, stack);
    if (s.stamped == 0 && s.time_countdown-- == 0) look_at_clock(s);
  }
  end_event(stream);
}

}  // namespace memprof
