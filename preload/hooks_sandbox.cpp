// Sandboxes. After a successful seccomp or PR_SET_TSC a system call or a look at the TSC that the
// program did not plan for may end it. These two functions are how a program enters one; they are
// passed on unchanged, and when they have succeeded the recorder goes quiet: it records into the
// memory that it has, with counted stamps, and counts what comes after as lost.
#include <errno.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <sys/prctl.h>

#include "preload/exported.h"
#include "preload/ready.h"
#include "preload/sys/clock.h"

using memprof::g_real;
using memprof::ready;
namespace sys = memprof::sys;

namespace {

bool enters_sandbox(long option, unsigned long value) {
  return option == PR_SET_SECCOMP || (option == PR_SET_TSC && value == PR_TSC_SIGSEGV);
}

bool seccomp_enters_sandbox(unsigned long operation) {
  return operation == SECCOMP_SET_MODE_STRICT || operation == SECCOMP_SET_MODE_FILTER;
}

/// In place of the C library's own, for a handler that interrupts our start.
long raw_syscall(long number, long a, long b, long c, long d, long e, long f) {
  const long result = sys::call(number, a, b, c, d, e, f);
  if (!sys::failed(result)) return result;
  errno = static_cast<int>(-result);
  return -1;
}

}  // namespace

MEMPROF_EXPORT int prctl(int option, ...) {
  va_list arguments;
  va_start(arguments, option);
  unsigned long values[4];
  for (unsigned long& value : values) value = va_arg(arguments, unsigned long);
  va_end(arguments);
  if (!ready() || g_real.prctl == nullptr) {
    const auto value = [&](int i) { return static_cast<long>(values[i]); };
    return static_cast<int>(
        raw_syscall(SYS_prctl, option, value(0), value(1), value(2), value(3), 0));
  }
  const bool enters = enters_sandbox(option, values[0]);
  const sys::QuietStart start = enters ? sys::prepare_quiet() : sys::QuietStart{};
  const int result = g_real.prctl(option, values[0], values[1], values[2], values[3]);
  if (enters && result == 0) sys::begin_quiet(start);
  return result;
}

/// The two system calls that matter, by way of syscall(). It has a name of its own for the assembly
/// below.
extern "C" __attribute__((visibility("hidden"))) long memprof_sandbox_call(long number, long a,
                                                                           long b, long c, long d,
                                                                           long e) {
  if (!ready() || g_real.syscall == nullptr) return raw_syscall(number, a, b, c, d, e, 0);
  const bool enters = number == SYS_prctl ? enters_sandbox(a, static_cast<unsigned long>(b))
                                          : seccomp_enters_sandbox(static_cast<unsigned long>(a));
  const sys::QuietStart start = enters ? sys::prepare_quiet() : sys::QuietStart{};
  const long result = g_real.syscall(number, a, b, c, d, e);
  if (enters && result == 0) sys::begin_quiet(start);
  return result;
}

/// The real function's address, for a call that comes before anything of ours has run.
extern "C" __attribute__((visibility("hidden"))) void* memprof_real_syscall() {
  if (ready() && g_real.syscall != nullptr) return reinterpret_cast<void*>(g_real.syscall);
  return reinterpret_cast<void*>(raw_syscall);
}

// syscall() itself must not have a frame: a clone through it returns twice, once on another stack.
// So all other numbers jump on with everything as it came. The arguments are saved only around the
// look for the real one.
asm(R"(
  .text
  .globl syscall
  .type syscall, @function
  .p2align 4
syscall:
  .cfi_startproc
  endbr64
  cmpq $157, %rdi             # SYS_prctl
  je memprof_sandbox_call
  cmpq $317, %rdi             # SYS_seccomp
  je memprof_sandbox_call
  pushq %rdi
  .cfi_adjust_cfa_offset 8
  pushq %rsi
  .cfi_adjust_cfa_offset 8
  pushq %rdx
  .cfi_adjust_cfa_offset 8
  pushq %rcx
  .cfi_adjust_cfa_offset 8
  pushq %r8
  .cfi_adjust_cfa_offset 8
  pushq %r9
  .cfi_adjust_cfa_offset 8
  subq $8, %rsp
  .cfi_adjust_cfa_offset 8
  call memprof_real_syscall
  addq $8, %rsp
  .cfi_adjust_cfa_offset -8
  popq %r9
  .cfi_adjust_cfa_offset -8
  popq %r8
  .cfi_adjust_cfa_offset -8
  popq %rcx
  .cfi_adjust_cfa_offset -8
  popq %rdx
  .cfi_adjust_cfa_offset -8
  popq %rsi
  .cfi_adjust_cfa_offset -8
  popq %rdi
  .cfi_adjust_cfa_offset -8
  jmp *%rax
  .cfi_endproc
  .size syscall, .-syscall
)");
