#include "preload/reference_walkers.h"

#include <dlfcn.h>
#include <unwind.h>

#define UNW_LOCAL_ONLY
#include <libunwind.h>

#include "preload/locations.h"
#include "preload/modules.h"

namespace memprof {
namespace {

// The names behind the headers' macros, resolved by hand because the libraries are not linked.
struct Libunwind {
  int (*get_context)(unw_tdep_context_t*);
  int (*init_local)(unw_cursor_t*, unw_context_t*);
  int (*step)(unw_cursor_t*);
  int (*get_reg)(unw_cursor_t*, int, unw_word_t*);
  void (*flush_cache)(unw_addr_space_t, unw_word_t, unw_word_t);
  unw_addr_space_t* local;
};
constinit Libunwind g_libunwind = {};

struct Libgcc {
  _Unwind_Reason_Code (*backtrace)(_Unwind_Trace_Fn, void*);
  _Unwind_Ptr (*get_ip)(_Unwind_Context*, int*);
  _Unwind_Word (*get_cfa)(_Unwind_Context*);
};
constinit Libgcc g_libgcc = {};

// Of what libunwind has cached. Written while nobody else is inside it.
constinit uint32_t g_cached_epoch = 0;

template <typename Pointer>
bool resolve(void* library, const char* name, Pointer* pointer) {
  *pointer = reinterpret_cast<Pointer>(dlsym(library, name));
  return *pointer != nullptr;
}

/// The frames that a reference finds, from the caller of the hook outwards.
class ReferenceStack {
 public:
  ReferenceStack(Stream& s, const Caller& caller) : s_(s), caller_(caller) {}

  /// The next frame; `interrupted`: pc is an instruction and not a return address. False when the
  /// walk has to end.
  bool add(uintptr_t pc, uintptr_t sp, bool interrupted) {
    if (!started_) {
      started_ = pc == caller_.pc && sp == caller_.sp;
      if (!started_) return ++own_frames_ < kMaxOwnFrames;
    }
    if (pc == 0) return end(/*cut=*/false);
    key_ = interrupted ? pc | kInterruptedBit : pc;
    const Location location = find_location(s_, key_);
    if (location.id == format::kCutLocation) {
      failed_ = true;
      return false;
    }
    s_.walked[count_++] = location.id;
    slow_ = location.rule.step() == Step::kSlow;
    if (location.rule.step() == Step::kEnd) return end(/*cut=*/false);
    // From here on libunwind would guess by rbp.
    if (location.rule.step() == Step::kNoInfo) return end(/*cut=*/true);
    return count_ < format::kMaxFrames;
  }

  /// Whether the newest frame is that of a signal handler's return: its caller was interrupted.
  bool at_signal_frame() const {
    return slow_ && find_frame_rules(s_, key_) && s_.cfi.rules.signal_frame;
  }

  CallStack finish() {
    if (failed_) return {};
    if (cut_) {
      if (count_ == format::kMaxFrames) --count_;
      s_.walked[count_++] = format::kCutLocation;
    }
    return {0, count_};
  }

 private:
  static constexpr uint32_t kMaxOwnFrames = 64;

  bool end(bool cut) {
    cut_ = cut;
    return false;
  }

  Stream& s_;
  const Caller& caller_;
  LocationKey key_ = 0;
  uint32_t count_ = 0;
  uint32_t own_frames_ = 0;
  bool started_ = false;
  bool slow_ = false;
  bool failed_ = false;
  bool cut_ = true;
};

_Unwind_Reason_Code add_frame(_Unwind_Context* context, void* stack) {
  int is_instruction = 0;
  const uintptr_t pc = g_libgcc.get_ip(context, &is_instruction);
  const uintptr_t sp = g_libgcc.get_cfa(context);
  const bool more = static_cast<ReferenceStack*>(stack)->add(pc, sp, is_instruction != 0);
  return more ? _URC_NO_REASON : _URC_NORMAL_STOP;
}

_Unwind_Reason_Code stop_at_once(_Unwind_Context*, void*) {
  return _URC_NORMAL_STOP;
}

}  // namespace

bool open_libunwind() {
  void* library = dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL);
  return library != nullptr && resolve(library, "_Ux86_64_getcontext", &g_libunwind.get_context) &&
         resolve(library, "_ULx86_64_init_local", &g_libunwind.init_local) &&
         resolve(library, "_ULx86_64_step", &g_libunwind.step) &&
         resolve(library, "_ULx86_64_get_reg", &g_libunwind.get_reg) &&
         resolve(library, "_Ux86_64_flush_cache", &g_libunwind.flush_cache) &&
         resolve(library, "_ULx86_64_local_addr_space", &g_libunwind.local);
}

bool open_libgcc() {
  void* library = dlopen("libgcc_s.so.1", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr || !resolve(library, "_Unwind_Backtrace", &g_libgcc.backtrace) ||
      !resolve(library, "_Unwind_GetIPInfo", &g_libgcc.get_ip) ||
      !resolve(library, "_Unwind_GetCFA", &g_libgcc.get_cfa)) {
    return false;
  }
  // Its first use sets it up.
  g_libgcc.backtrace(stop_at_once, nullptr);
  return true;
}

CallStack walk_with_libunwind(Stream& s, const Caller& caller) {
  s.last_walk.do_not_remember();
  // It does not notice when another library takes the place of one that it has seen.
  const uint32_t epoch = g_epoch.load(std::memory_order_acquire);
  if (g_cached_epoch != epoch) {
    g_libunwind.flush_cache(*g_libunwind.local, 0, 0);
    g_cached_epoch = epoch;
  }
  unw_context_t context;
  unw_cursor_t cursor;
  g_libunwind.get_context(&context);
  if (g_libunwind.init_local(&cursor, &context) != 0) return {};
  ReferenceStack stack(s, caller);
  bool interrupted = false;
  for (;;) {
    unw_word_t pc = 0;
    unw_word_t sp = 0;
    g_libunwind.get_reg(&cursor, UNW_REG_IP, &pc);
    g_libunwind.get_reg(&cursor, UNW_REG_SP, &sp);
    if (!stack.add(pc, sp, interrupted)) break;
    // Not by asking libunwind 1.6.2, which says so one frame too late.
    interrupted = stack.at_signal_frame();
    if (g_libunwind.step(&cursor) <= 0) break;
  }
  return stack.finish();
}

CallStack walk_with_libgcc(Stream& s, const Caller& caller) {
  ReferenceStack stack(s, caller);
  g_libgcc.backtrace(add_frame, &stack);
  return stack.finish();
}

}  // namespace memprof
