#include "preload/threads.h"

#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>

#include "preload/real.h"
#include "preload/start.h"
#include "preload/sys/clock.h"
#include "preload/sys/memory.h"
#include "preload/trace_file.h"

namespace memprof {

thread_local constinit Stream* t_stream __attribute__((tls_model("initial-exec"))) = nullptr;

namespace {

// Keys below this lie in the thread's own descriptor; setting one above would allocate from the
// heap.
constexpr pthread_key_t kInlineKeys = 32;
constexpr pthread_key_t kNoKey = ~pthread_key_t{0};

// How often the loader runs destructors that set their key again (PTHREAD_DESTRUCTOR_ITERATIONS):
// by the last round nearly everything else has been destroyed.
constexpr uint32_t kDestructorRounds = 4;

constexpr size_t kStackBytes = format::kMaxFrames * sizeof(uint32_t);
constexpr size_t kWalkBytes = sys::round_to_pages(LastWalk::kFirstBytes);

constinit pthread_key_t g_key = kNoKey;
constinit std::atomic<Stream*> g_streams{nullptr};
constinit std::atomic<uint32_t> g_thread_serial{0};

/// Head of the idle list: address and a tag that changes with each push and pop, so that a head
/// that went away and came back is not mistaken for one that stayed. Streams are never unmapped, so
/// a stale one may be read.
constinit std::atomic<uint64_t> g_idle{0};
constinit std::atomic<uint32_t> g_threads{0};  // that have a stream of their own; a hint

constexpr unsigned kTagShift = 48;

Stream* idle_stream(uint64_t head) {
  return reinterpret_cast<Stream*>(head & ((uint64_t{1} << kTagShift) - 1));
}

uint64_t idle_head(Stream* s, uint64_t old) {
  return reinterpret_cast<uintptr_t>(s) | ((old >> kTagShift) + 1) << kTagShift;
}

void push_idle(Stream* s) {
  uint64_t head = g_idle.load(std::memory_order_relaxed);
  do {
    std::atomic_ref<Stream*>(s->next_idle).store(idle_stream(head), std::memory_order_relaxed);
  } while (!g_idle.compare_exchange_weak(head, idle_head(s, head), std::memory_order_release,
                                         std::memory_order_relaxed));
}

Stream* pop_idle() {
  uint64_t head = g_idle.load(std::memory_order_acquire);
  for (;;) {
    Stream* s = idle_stream(head);
    if (s == nullptr) return nullptr;
    Stream* next = std::atomic_ref<Stream*>(s->next_idle).load(std::memory_order_relaxed);
    if (g_idle.compare_exchange_weak(head, idle_head(next, head), std::memory_order_acq_rel,
                                     std::memory_order_acquire)) {
      return s;
    }
  }
}

/// Memory that has been mapped for streams to come: where, and for how many, in one word that can
/// be exchanged atomically. It is never unmapped, so no value comes back.
struct Spare {
  uint64_t bits;
  static constexpr unsigned kCountBits = 8;
  static Spare make(uintptr_t address, uint64_t count) {
    return {(address / sys::kPageBytes) << kCountBits | count};
  }
  uintptr_t address() const { return (bits >> kCountBits) * sys::kPageBytes; }
  uint64_t count() const { return bits & ((1u << kCountBits) - 1); }
};

constinit std::atomic<uint64_t> g_spare{0};

/// Zeroed memory for one stream, or nullptr. From the second stream on it is mapped for several at
/// a time, because a program with thousands of threads has few mappings to spare.
uint8_t* take_memory(size_t bytes) {
  constexpr size_t kStreamsPerMapping = 8;
  uint64_t seen = g_spare.load(std::memory_order_acquire);
  while (Spare{seen}.count() != 0) {
    const Spare spare{seen};
    const Spare rest = Spare::make(spare.address() + bytes, spare.count() - 1);
    if (g_spare.compare_exchange_weak(seen, rest.bits, std::memory_order_acq_rel,
                                      std::memory_order_acquire)) {
      return reinterpret_cast<uint8_t*>(spare.address());
    }
  }
  if (all_streams() == nullptr) return static_cast<uint8_t*>(sys::map_private(bytes));
  auto* memory = static_cast<uint8_t*>(sys::map_private(kStreamsPerMapping * bytes));
  if (memory == nullptr) return static_cast<uint8_t*>(sys::map_private(bytes));
  // Little of it is ever touched: a huge page would be nearly all waste.
  sys::call(SYS_madvise, sys::as_long(memory), static_cast<long>(kStreamsPerMapping * bytes),
            MADV_NOHUGEPAGE);
  const Spare rest =
      Spare::make(reinterpret_cast<uintptr_t>(memory) + bytes, kStreamsPerMapping - 1);
  if (!g_spare.compare_exchange_strong(seen, rest.bits, std::memory_order_acq_rel)) {
    sys::unmap(memory + bytes, (kStreamsPerMapping - 1) * bytes);  // Another thread was faster.
  }
  return memory;
}

Stream* make_stream() {
  // Not at the page's beginning, for the reason that process.cpp gives for its page.
  constexpr size_t kPlace = 1024;
  const size_t stream_bytes = sys::round_to_pages(kPlace + sizeof(Stream));
  // Comparing walkers takes one stack more.
  const Unwinder unwinder = wanted_unwinder();
  const bool compares = unwinder == Unwinder::kCompare || unwinder == Unwinder::kCheck;
  const size_t stacks = compares ? 3 : 2;
  uint8_t* memory = take_memory(sys::round_to_pages(
      stream_bytes + stacks * kStackBytes + kWalkBytes + LastWalk::kGuesses * sizeof(Guess)));
  if (memory == nullptr) return nullptr;
  auto* s = reinterpret_cast<Stream*>(memory + kPlace);
  s->last_stack = reinterpret_cast<uint32_t*>(memory + stream_bytes);
  s->walked = reinterpret_cast<uint32_t*>(memory + stream_bytes + kStackBytes);
  uint8_t* const walk = memory + stream_bytes + stacks * kStackBytes;
  s->last_walk.use(walk, reinterpret_cast<Guess*>(walk + kWalkBytes));
  s->id = kNoStreamId;
  s->next = g_streams.load(std::memory_order_relaxed);
  while (!g_streams.compare_exchange_weak(s->next, s, std::memory_order_acq_rel)) {
  }
  // From the second stream on order between streams matters. Set before this one records anything.
  if (s->next != nullptr) g_stamped.store(1, std::memory_order_seq_cst);
  constexpr int64_t kTouchedPages = 4;
  add_own_bytes(kTouchedPages * static_cast<int64_t>(sys::kPageBytes));
  return s;
}

/// Writes down whose events follow.
void write_thread(Stream* s) {
  format::ThreadRecord record{};
  record.stamp = sys::ordered_stamp();
  record.serial = s->thread;
  record.tid = s->tid;
  sys::call(SYS_prctl, PR_GET_NAME, sys::as_long(record.name));
  append(*s, format::Control::kThread, record);
}

/// A stream for the calling thread: an idle one or a new one, marked busy. nullptr without memory.
Stream* take_stream(uintptr_t frame, uint32_t serial, uint32_t tid) {
  Stream* s = pop_idle();
  if (s == nullptr) s = make_stream();
  if (s == nullptr) return nullptr;
  s->busy = frame;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  s->thread = serial;
  s->tid = tid;
  s->exit_rounds = 0;
  s->late = false;
  s->nested = nullptr;
  uintptr_t main_end = 0;
  uintptr_t main_bytes = 0;
  if (tid == recording_pid()) main_stack_bounds(&main_end, &main_bytes);
  s->memory.reset(main_end, main_bytes);
  s->last_walk.drop();
  write_thread(s);
  return s;
}

Stream* attach_thread(uintptr_t frame) {
  const uint32_t serial =
      g_thread_serial.fetch_add(1, std::memory_order_relaxed) + 1;  // Unique, no more.
  Stream* s = take_stream(frame, serial, sys::current_tid());
  if (s == nullptr) return nullptr;
  if (g_key < kInlineKeys) pthread_setspecific(g_key, s);
  t_stream = s;
  g_threads.fetch_add(1, std::memory_order_relaxed);
  return s;
}

Stream* borrow_stream(uintptr_t frame) {
  const uint32_t serial = g_thread_serial.fetch_add(1, std::memory_order_relaxed) + 1;
  Stream* s = take_stream(frame, serial, sys::current_tid());
  if (s != nullptr) s->late = true;
  return s;
}

/// Goes on after a handler has jumped out of the middle of an event. The reader's idea of the
/// stream and ours may differ, so nothing is carried over: a new chunk begins with an empty stack.
Stream* recover_stream(Stream* s, uintptr_t frame) {
  s->busy = frame;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  s->depth = 0;
  s->last_walk.drop();
  if (!take_chunk(*s)) return s;
  write_thread(s);
  return s;
}

bool on_signal_stack() {
  stack_t current{};
  if (sys::call(SYS_sigaltstack, 0, sys::as_long(&current)) != 0) return true;
  return (current.ss_flags & SS_ONSTACK) != 0;
}

Stream* begin_nested(Stream* outer, uintptr_t frame) {
  Stream* s = outer->nested;
  if (s == nullptr) {
    s = take_stream(frame, outer->thread, outer->tid);
    if (s == nullptr) {
      count_lost(1);
      return nullptr;
    }
    outer->nested = s;
    return s;
  }
  if (s->busy != 0) {
    if (frame < s->busy || on_signal_stack()) {
      count_lost(1);
      return nullptr;
    }
    return recover_stream(s, frame);
  }
  s->busy = frame;
  std::atomic_signal_fence(std::memory_order_seq_cst);
  return s;
}

void release_stream(Stream* s) {
  Stream* nested = s->nested;
  s->nested = nullptr;
  if (nested != nullptr && nested->busy == 0) push_idle(nested);
  if (s->busy == 0) push_idle(s);
}

/// Runs when a thread ends, among the destructors of other keys. It asks to be called again until
/// the last round, so that what those destructors free is recorded in the ordinary way.
void at_thread_exit(void* value) {
  auto* s = static_cast<Stream*>(value);
  if (s != t_stream) return;
  if (++s->exit_rounds < kDestructorRounds) {
    pthread_setspecific(g_key, s);
    return;
  }
  t_stream = kThreadEnded;
  g_threads.fetch_sub(1, std::memory_order_relaxed);
  release_stream(s);
}

}  // namespace

Stream* begin_event_slow(uintptr_t frame) {
  if (!is_recording()) return nullptr;
  if (in_new_child()) {
    begin_child();
    if (!is_recording()) return nullptr;
    if (in_new_child()) {  // Begun by an event that we interrupt; the streams are our parent's.
      count_lost(1);
      return nullptr;
    }
  }
  Stream* s = t_stream;
  if (s == nullptr) {
    s = attach_thread(frame);
  } else if (s == kThreadEnded) {
    s = borrow_stream(frame);
  } else if (s->busy == 0) {
    s->busy = frame;
    std::atomic_signal_fence(std::memory_order_seq_cst);
  } else if (frame >= s->busy && !on_signal_stack()) {
    s = recover_stream(s, frame);
  } else {
    return begin_nested(s, frame);
  }
  if (s == nullptr) count_lost(1);
  return s;
}

void end_late_event(Stream* s) {
  s->late = false;
  push_idle(s);
}

void prepare_threads() {
  // The last inline key: the program's own get the numbers that they would get alone. glibc hands
  // out the lowest that is free.
  const unsigned most = is_glibc() ? kInlineKeys : 1;
  pthread_key_t keys[kInlineKeys];
  unsigned count = 0;
  while (count < most && pthread_key_create(&keys[count], at_thread_exit) == 0) {
    if (keys[count++] >= kInlineKeys - 1) break;
  }
  for (unsigned i = 0; i < count; ++i) {
    const bool better = keys[i] < kInlineKeys && (g_key == kNoKey || keys[i] > g_key);
    const pthread_key_t rest = better ? g_key : keys[i];
    if (better) g_key = keys[i];
    if (rest != kNoKey) pthread_key_delete(rest);
  }
}

Stream* all_streams() {
  return g_streams.load(std::memory_order_acquire);
}

bool others_record() {
  const uint32_t own = t_stream > kThreadEnded ? 1 : 0;
  return g_threads.load(std::memory_order_relaxed) > own;
}

void adopt_streams(Stream* mine) {
  g_idle.store(0, std::memory_order_relaxed);
  g_threads.store(1, std::memory_order_relaxed);  // who forked, even where that is not us
  const bool is_forker = mine != nullptr;
  Stream* nested = is_forker ? mine->nested : nullptr;
  for (Stream* s = all_streams(); s != nullptr; s = s->next) {
    s->cut = {s->id, s->sequence - 1, s->position};
    s->id = kNoStreamId;
    s->sequence = 0;
    s->depth = 0;
    s->last_walk.drop();
    const bool stays = !is_forker || s == mine || s == nested;
    s->forked_in_event = s->busy != 0 && stays;
    if (stays) continue;
    s->busy = 0;
    s->nested = nullptr;
    push_idle(s);
  }
}

}  // namespace memprof
