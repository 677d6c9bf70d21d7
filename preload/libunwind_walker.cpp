#include "preload/libunwind_walker.h"

#include <dlfcn.h>
#include <stdlib.h>

#define UNW_LOCAL_ONLY
#include <libunwind.h>

#include "preload/locations.h"
#include "preload/sys/syscall.h"
#include "preload/sys/text.h"

namespace memprof {

constinit Unwinder g_unwinder = Unwinder::kOwn;

namespace {

// The names behind libunwind's macros, resolved by hand because the library is not linked.
struct Functions {
  int (*get_context)(unw_tdep_context_t*);
  int (*init_local)(unw_cursor_t*, unw_context_t*);
  int (*step)(unw_cursor_t*);
  int (*get_reg)(unw_cursor_t*, int, unw_word_t*);
};
constinit Functions g_unwind = {};

template <typename Function>
bool resolve(void* library, const char* name, Function* function) {
  *function = reinterpret_cast<Function>(dlsym(library, name));
  return *function != nullptr;
}

bool location_is_signal_frame(Stream& s, LocationKey key) {
  return find_frame_rules(s, key) && s.cfi.rules.signal_frame;
}

}  // namespace

void use_unwinder(Unwinder wanted) {
  if (wanted == Unwinder::kOwn) return;
  void* library = dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return;
  const bool found = resolve(library, "_Ux86_64_getcontext", &g_unwind.get_context) &&
                     resolve(library, "_ULx86_64_init_local", &g_unwind.init_local) &&
                     resolve(library, "_ULx86_64_step", &g_unwind.step) &&
                     resolve(library, "_ULx86_64_get_reg", &g_unwind.get_reg);
  // Last: what opening it has allocated was walked by ourselves.
  if (found) g_unwinder = wanted;
}

CallStack walk_with_libunwind(Stream& s, const Caller& caller) {
  s.last_walk.do_not_remember();
  unw_context_t context;
  unw_cursor_t cursor;
  g_unwind.get_context(&context);
  if (g_unwind.init_local(&cursor, &context) != 0) return {};
  uint32_t count = 0;
  bool started = false;
  bool interrupted = false;
  for (uint32_t frames = 0; frames < format::kMaxFrames; ++frames) {
    unw_word_t pc = 0;
    unw_word_t sp = 0;
    g_unwind.get_reg(&cursor, UNW_REG_IP, &pc);
    g_unwind.get_reg(&cursor, UNW_REG_SP, &sp);
    // Our own frames come first.
    if (pc == caller.pc && sp == caller.sp) started = true;
    if (started) {
      if (pc == 0) return {0, count};
      const Location location = find_location(s, interrupted ? pc | kInterruptedBit : pc);
      if (location.id == format::kCutLocation) return {};
      s.walked[count++] = location.id;
      if (location.rule.step() == Step::kEnd) return {0, count};
      // From here on it would guess by rbp.
      if (location.rule.step() == Step::kNoInfo) break;
    }
    // Not by asking libunwind 1.6.2, which says so one frame too late.
    interrupted = started && location_is_signal_frame(s, interrupted ? pc | kInterruptedBit : pc);
    if (g_unwind.step(&cursor) <= 0) break;
  }
  if (count < format::kMaxFrames) s.walked[count++] = format::kCutLocation;
  return {0, count};
}

namespace {

uint32_t without_cut(const uint32_t* ids, uint32_t count) {
  return count != 0 && ids[count - 1] == format::kCutLocation ? count - 1 : count;
}

void say_ids(const char* who, const uint32_t* ids, uint32_t count) {
  char line[4096];
  sys::Text text(line, sizeof line - 1);
  text.add(who);
  for (uint32_t i = 0; i < count; ++i) text.add(" ").add_number(ids[i]);
  line[text.size()] = '\n';
  sys::call(SYS_write, 2, sys::as_long(line), static_cast<long>(text.size() + 1));
}

}  // namespace

CallStack walk_and_compare(Stream& s, const Caller& caller) {
  uint32_t* const reference = s.walked + format::kMaxFrames;
  uint32_t plain = 0;
  // The first round may find an address at the same time as another thread, and the two then have
  // different ids for it; in the second all are known.
  for (int round = 0; round < 2; ++round) {
    const uint32_t expected = walk_with_libunwind(s, caller).fresh;
    memcpy(reference, s.walked, expected * sizeof *reference);
    plain = walk_plainly(s, caller).fresh;
    if (plain == 0 || expected == 0) return {};  // Nothing can be recorded any more.
    const uint32_t frames = without_cut(s.walked, plain);
    const bool libunwind_agrees = frames == without_cut(reference, expected) &&
                                  memcmp(reference, s.walked, frames * sizeof *reference) == 0;
    if (!libunwind_agrees && round == 1) {
      say_ids("memprof: stacks differ; locations by libunwind:", reference, expected);
      break;
    }
    memcpy(reference, s.walked, plain * sizeof *reference);
    const CallStack stack = walk_with_replay(s, caller);
    bool replay_agrees = stack.depth() == plain;
    for (uint32_t i = 0; replay_agrees && i < plain; ++i) {
      replay_agrees = stack.id(s, i) == reference[plain - 1 - i];
    }
    if (libunwind_agrees && replay_agrees) return stack;
    if (!replay_agrees && round == 1) {
      say_ids("memprof: stacks differ; new locations by replay:", s.walked, stack.fresh);
      memcpy(s.walked, reference, plain * sizeof *reference);
    }
  }
  // The trace has the locations' addresses.
  say_ids("memprof: locations by our own walker:", s.walked, plain);
  abort();
}

}  // namespace memprof
