// System calls made directly. The recorder runs inside malloc and free, so it must leave errno
// alone, must not be a cancellation point and must not depend on which libc is there.
#pragma once

#include <sys/syscall.h>

#include <cstdint>

namespace memprof::sys {

/// Set once a sandbox is on that may end the process for a system call or a look at the TSC. From
/// then on `call` does nothing and says -EPERM; clock.h knows, too. Written by whoever enters the
/// sandbox; others learn it soon enough, as the sandbox is for the thread that asked for it.
inline constinit bool g_quiet = false;

/// The kernel's result: >= 0, or -errno.
inline long call(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0,
                 long f = 0) {
  constexpr long kNotPermitted = -1;
  if (__builtin_expect(g_quiet, 0)) return kNotPermitted;
  long result;
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}

template <typename T>
long as_long(T* pointer) {
  return static_cast<long>(reinterpret_cast<intptr_t>(pointer));
}

inline uint32_t current_pid() {
  return static_cast<uint32_t>(call(SYS_getpid));
}

inline uint32_t current_tid() {
  return static_cast<uint32_t>(call(SYS_gettid));
}

inline bool failed(long result) {
  return result < 0 && result >= -4095;
}

}  // namespace memprof::sys
