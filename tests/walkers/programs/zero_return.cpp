// zero_return: a function allocates on a stack that ends with it (its return address is 0), and
// then again with its frame at the same place, but called by another.
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

asm(R"(
  .text
  # begin_on(rsp, call): never comes back
  .type begin_on, @function
begin_on:
  .cfi_startproc
  movq %rdi, %rsp
  jmp *%rsi
  .cfi_endproc
  .size begin_on, . - begin_on

  .type calls_last, @function
calls_last:
  .cfi_startproc
  call last
  nop
  .cfi_endproc
  .size calls_last, . - calls_last

  .type last, @function
last:
  .cfi_startproc
  subq $8, %rsp
  .cfi_def_cfa_offset 16
  call allocate_and_leave
  nop
  .cfi_endproc
  .size last, . - last
)");
extern "C" [[noreturn]] void begin_on(void* sp, void (*call)());
extern "C" void calls_last();
extern "C" void last();

namespace {

jmp_buf g_back;
int g_round;
alignas(4096) char g_stack[64 * 1024];

}  // namespace

extern "C" [[noreturn]] __attribute__((used)) void allocate_and_leave() {
  void* volatile block = malloc(1009);
  free(block);
  longjmp(g_back, 1);
}

int main() {
  // Below the end there is 0, too.
  char* const end = g_stack + sizeof g_stack - 64;
  for (g_round = 0; g_round < 4; ++g_round) {
    if (setjmp(g_back) != 0) continue;
    memset(g_stack, 0, sizeof g_stack);
    // A call would have pushed the return address: calls_last pushes last's to where it is 0
    // before.
    if (g_round % 2 == 0) {
      begin_on(end - 8, last);
    } else {
      begin_on(end, calls_last);
    }
  }
  return 0;
}
