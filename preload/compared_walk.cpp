#include "preload/compared_walk.h"

#include <stdlib.h>

#include <atomic>

#include "preload/process.h"
#include "preload/reference_walkers.h"
#include "preload/sys/syscall.h"
#include "preload/sys/text.h"

namespace memprof {

constinit Unwinder g_unwinder = Unwinder::kOwn;

namespace {

void say_line(sys::Text* text, char* line) {
  line[text->size()] = '\n';
  sys::call(SYS_write, 2, sys::as_long(line), static_cast<long>(text->size() + 1));
}

/// The trace has the locations' addresses.
void say_ids(const char* who, const uint32_t* ids, uint32_t count) {
  char line[4096];
  sys::Text text(line, sizeof line - 1);
  text.add("memprof: stacks differ; locations by ").add(who).add(":");
  for (uint32_t i = 0; i < count; ++i) text.add(" ").add_number(ids[i]);
  say_line(&text, line);
}

/// The thread inside the other unwinders, 0 when there is none. kTaken when somebody has waited for
/// it in vain: nobody waits again until it comes out, which in a forked child is never.
constinit std::atomic<uint32_t> g_inside{0};
constexpr uint32_t kTaken = UINT32_MAX;

class Admission {
 public:
  Admission() {
    const uint32_t me = sys::current_tid();
    constexpr int kMostYields = 1000;
    uint32_t inside = 0;
    for (int i = 0; i < kMostYields; ++i) {
      inside = 0;
      admitted_ = g_inside.compare_exchange_strong(inside, me, std::memory_order_acq_rel);
      if (admitted_ || inside == me || inside == kTaken) return;
      sys::call(SYS_sched_yield);
    }
    g_inside.compare_exchange_strong(inside, kTaken, std::memory_order_acq_rel);
  }
  ~Admission() {
    if (admitted_) g_inside.store(0, std::memory_order_release);
  }
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  bool admitted() const { return admitted_; }

 private:
  bool admitted_ = false;
};

/// A stack that was walked, innermost frame first.
struct Ids {
  const uint32_t* ids;
  uint32_t count;

  bool is_cut() const { return count != 0 && ids[count - 1] == format::kCutLocation; }
  uint32_t frames() const { return is_cut() ? count - 1 : count; }
};

/// Whether the other unwinder found our frames, and no more of them unless there were too many.
bool agrees(const Ids& ours, const Ids& other) {
  const bool too_many = ours.is_cut() && ours.count == format::kMaxFrames;
  const bool as_many = too_many ? other.frames() >= ours.frames() : other.frames() == ours.frames();
  return as_many && memcmp(ours.ids, other.ids, ours.frames() * sizeof *ours.ids) == 0;
}

bool is_same(const Ids& plain, const Stream& s, const CallStack& stack) {
  if (stack.depth() != plain.count) return false;
  for (uint32_t i = 0; i < plain.count; ++i) {
    if (stack.id(s, i) != plain.ids[plain.count - 1 - i]) return false;
  }
  return true;
}

/// One round of walking in all ways. `say`: what differs.
class Comparison {
 public:
  Comparison(Stream& s, const Caller& caller, bool say) : s_(s), caller_(caller), say_(say) {}

  /// False when they differ.
  bool run(bool with_references, CallStack* result) {
    uint32_t* const kept = s_.walked + format::kMaxFrames;
    const uint32_t count = walk_plainly(s_, caller_).fresh;
    *result = {};
    if (count == 0) return true;  // Nothing can be recorded any more.
    memcpy(kept, s_.walked, count * sizeof *kept);
    plain_ = {kept, count};
    bool same = true;
    if (with_references) {
      same = compare_with("libunwind", walk_with_libunwind) && same;
      same = compare_with("libgcc", walk_with_libgcc) && same;
    }
    *result = walk_with_replay(s_, caller_);
    if (result->depth() != 0 && !is_same(plain_, s_, *result)) {
      same = false;
      if (say_) say_ids("replay (the new ones)", s_.walked, result->fresh);
    }
    if (!same && say_) say_ids("our own walker", plain_.ids, plain_.count);
    return same;
  }

 private:
  bool compare_with(const char* who, CallStack (*walk)(Stream&, const Caller&)) {
    const Ids other{s_.walked, walk(s_, caller_).fresh};
    if (other.count == 0 || agrees(plain_, other)) return true;
    if (say_) say_ids(who, other.ids, other.count);
    return false;
  }

  Stream& s_;
  const Caller& caller_;
  const bool say_;
  Ids plain_{};
};

CallStack walk_and_compare(Stream& s, const Caller& caller, bool with_references) {
  // While threads find an address at the same time they may have different ids for it; in a later
  // round all are known.
  constexpr int kRounds = 3;
  for (int round = 1; round <= kRounds; ++round) {
    CallStack stack;
    if (Comparison(s, caller, round == kRounds).run(with_references, &stack)) return stack;
  }
  abort();
}

}  // namespace

void begin_checking() {
  g_unwinder = Unwinder::kCheck;
}

void use_unwinder(Unwinder wanted) {
  if (wanted == Unwinder::kOwn || wanted == Unwinder::kCheck) return;
  const char* missing = nullptr;
  if (!open_libunwind()) missing = "libunwind.so.8";
  if (wanted == Unwinder::kCompare && !open_libgcc()) missing = "libgcc_s.so.1";
  if (missing == nullptr) {
    // Last: what opening them has allocated was walked by ourselves.
    g_unwinder = wanted;
  } else if (is_root()) {
    char line[256];
    sys::Text text(line, sizeof line - 1);
    text.add("memprof: MEMPROF_UNWIND: cannot use ")
        .add(missing)
        .add(": stacks are walked as usual");
    say_line(&text, line);
  }
}

CallStack walk_otherwise(Stream& s, const Caller& caller) {
  if (g_unwinder == Unwinder::kCheck) return walk_and_compare(s, caller, false);
  const Admission admission;
  if (g_unwinder == Unwinder::kCompare) return walk_and_compare(s, caller, admission.admitted());
  return admission.admitted() ? walk_with_libunwind(s, caller) : walk_plainly(s, caller);
}

}  // namespace memprof
