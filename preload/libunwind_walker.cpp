#include "preload/libunwind_walker.h"

#include <dlfcn.h>

#define UNW_LOCAL_ONLY
#include <libunwind.h>

#include "preload/locations.h"

namespace memprof {

constinit bool g_libunwind_in_use = false;

namespace {

// The names behind libunwind's macros, resolved by hand because the library is not linked.
struct Functions {
  int (*get_context)(unw_tdep_context_t*);
  int (*init_local)(unw_cursor_t*, unw_context_t*);
  int (*step)(unw_cursor_t*);
  int (*get_reg)(unw_cursor_t*, int, unw_word_t*);
  int (*is_signal_frame)(unw_cursor_t*);
};
constinit Functions g_unwind = {};

template <typename Function>
bool resolve(void* library, const char* name, Function* function) {
  *function = reinterpret_cast<Function>(dlsym(library, name));
  return *function != nullptr;
}

}  // namespace

bool use_libunwind() {
  void* library = dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return false;
  g_libunwind_in_use = resolve(library, "_Ux86_64_getcontext", &g_unwind.get_context) &&
                       resolve(library, "_ULx86_64_init_local", &g_unwind.init_local) &&
                       resolve(library, "_ULx86_64_step", &g_unwind.step) &&
                       resolve(library, "_ULx86_64_get_reg", &g_unwind.get_reg) &&
                       resolve(library, "_ULx86_64_is_signal_frame", &g_unwind.is_signal_frame);
  return g_libunwind_in_use;
}

uint32_t walk_with_libunwind(Stream& s, const Caller& caller) {
  unw_context_t context;
  unw_cursor_t cursor;
  g_unwind.get_context(&context);
  if (g_unwind.init_local(&cursor, &context) != 0) return 0;
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
      if (pc == 0) return count;
      const Location location = find_location(s, interrupted ? pc | kInterruptedBit : pc);
      if (location.id == format::kCutLocation) return 0;
      s.walked[count++] = location.id;
      if (location.rule.step() == Step::kEnd) return count;
      // From here on it would guess by rbp.
      if (location.rule.step() == Step::kNoInfo) break;
    }
    interrupted = g_unwind.is_signal_frame(&cursor) > 0;
    if (g_unwind.step(&cursor) <= 0) break;
  }
  if (count < format::kMaxFrames) s.walked[count++] = format::kCutLocation;
  return count;
}

}  // namespace memprof
