// stack_ends: two stacks one after the other at the same place, the second of which ends where the
// first went on. The same function allocates with its frame at the same place in both, and nothing
// is allocated in between.
#include <alloca.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

// Keeps rbp in its frame, so that neither it nor what it calls depends on the rbp of its caller.
asm(R"(
  .text
  .type saves_rbp, @function
saves_rbp:
  .cfi_startproc
  pushq %rbp
  .cfi_def_cfa_offset 16
  .cfi_offset rbp, -16
  xorl %ebp, %ebp
  call *%rdi
  popq %rbp
  .cfi_restore rbp
  .cfi_def_cfa_offset 8
  ret
  .cfi_endproc
  .size saves_rbp, . - saves_rbp
)");
extern "C" void saves_rbp(void (*call)());

namespace {

constexpr uintptr_t kHalf = 24 * 1024;
uintptr_t g_base;
ucontext_t g_main;
ucontext_t g_fiber;

void allocate() {
  void* volatile block = malloc(1009);
  free(block);
}

/// Calls with the stack pointer always at the same place.
void run() {
  const uintptr_t low = g_base + kHalf / 2;
  const char* frame = static_cast<const char*>(__builtin_frame_address(0));
  char* volatile space = static_cast<char*>(alloca(reinterpret_cast<uintptr_t>(frame) - low));
  saves_rbp(allocate);
  asm volatile("" : : "r"(space) : "memory");
}

void run_on(uintptr_t bytes) {
  getcontext(&g_fiber);
  g_fiber.uc_stack.ss_sp = reinterpret_cast<void*>(g_base);
  g_fiber.uc_stack.ss_size = bytes;
  g_fiber.uc_link = &g_main;
  makecontext(&g_fiber, run, 0);
  swapcontext(&g_main, &g_fiber);
}

}  // namespace

int main() {
  void* memory =
      mmap(nullptr, 2 * kHalf, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 99;
  g_base = reinterpret_cast<uintptr_t>(memory);
  run_on(2 * kHalf);
  munmap(reinterpret_cast<void*>(g_base + kHalf), kHalf);
  run_on(kHalf);
  return 0;
}
