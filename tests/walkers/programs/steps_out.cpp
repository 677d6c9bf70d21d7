// steps_out: a handler jumps out of an allocation, after ever more instructions; before and after
// that the same other stack allocates. Prints the number of jumps.
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

namespace {

sigjmp_buf g_back;
volatile unsigned long g_steps;
volatile unsigned long g_left;

void trapped(int, siginfo_t*, void*) {
  g_steps = g_steps + 1;
  g_left = g_left - 1;
  if (g_left == 0) siglongjmp(g_back, 1);
}

// Outside the red zone.
#define CHANGE_TRAP_FLAG(change)                              \
  asm volatile("leaq -128(%%rsp), %%rsp\n\tpushfq\n\t" change \
               "\n\tpopfq\n\t"                                \
               "leaq 128(%%rsp), %%rsp"                       \
               :                                              \
               :                                              \
               : "memory", "cc")

void allocate() {
  void* volatile block = malloc(1009);
  free(block);
}

void allocate_in_steps() {
  CHANGE_TRAP_FLAG("orq $0x100, (%%rsp)");
  void* volatile block = malloc(1013);
  CHANGE_TRAP_FLAG("andq $-0x101, (%%rsp)");
  free(block);
}

constexpr unsigned kDepth = 20;

__attribute__((noinline)) void one(unsigned depth) {
  if (depth == 0) {
    allocate();
  } else {
    one(depth - 1);
  }
  asm volatile("" : : : "memory");
}

__attribute__((noinline)) void other(unsigned depth) {
  if (depth == 0) {
    allocate_in_steps();
  } else {
    other(depth - 1);
  }
  asm volatile("" : : : "memory");
}

/// Leaves the other after so many instructions; false when it has ended before.
__attribute__((noinline)) bool leave_after(unsigned long steps) {
  g_left = steps;
  if (sigsetjmp(g_back, 1) != 0) return true;
  other(kDepth);
  return false;
}

}  // namespace

int main() {
  struct sigaction action = {};
  action.sa_sigaction = trapped;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGTRAP, &action, nullptr);
  // How many there are, once all locations are known.
  for (int i = 0; i < 4; ++i) {
    one(kDepth);
    g_steps = 0;
    leave_after(~0ul);
  }
  const unsigned long all = g_steps;
  // What is recorded of a walk is written at the end of an event.
  constexpr unsigned long kJumps = 20;
  unsigned long jumps = 0;
  for (unsigned long i = 0; i < kJumps; ++i) {
    one(kDepth);
    if (leave_after(all - all / 4 + all / 4 * i / kJumps)) ++jumps;
    one(kDepth);
  }
  printf("%lu\n", jumps);
  return 0;
}
