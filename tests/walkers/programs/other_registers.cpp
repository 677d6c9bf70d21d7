// other_registers: a function whose frame is found by rbx is interrupted, by turns called from two
// places with rbx different and all else the same. The return address to the first place is still
// where it was when the function is called from the second.
#include <signal.h>
#include <stdlib.h>
#include <ucontext.h>

asm(R"(
  .text
  .type interrupted, @function
interrupted:
  .cfi_startproc
  pushq %rbx
  .cfi_def_cfa_offset 16
  .cfi_offset rbx, -16
  movq %rsp, %rbx
  .cfi_def_cfa_register rbx
  andq $-64, %rsp
  ud2
  movq %rbx, %rsp
  .cfi_def_cfa_register rsp
  popq %rbx
  .cfi_restore rbx
  .cfi_def_cfa_offset 8
  ret
  .cfi_endproc
  .size interrupted, . - interrupted

  # calls_from(place)
  .type calls_from, @function
calls_from:
  .cfi_startproc
  pushq %rbp
  .cfi_def_cfa_offset 16
  .cfi_offset rbp, -16
  movq %rsp, %rbp
  .cfi_def_cfa_register rbp
  andq $-64, %rsp
  testl %edi, %edi
  je 1f
  subq $16, %rsp
  call interrupted
  jmp 2f
1:
  subq $32, %rsp
  call interrupted
2:
  leave
  .cfi_restore rbp
  .cfi_def_cfa rsp, 8
  ret
  .cfi_endproc
  .size calls_from, . - calls_from
)");
extern "C" void calls_from(int place);

namespace {

void allocate(int, siginfo_t*, void* context) {
  void* volatile block = malloc(1009);
  free(block);
  constexpr int kIllegalInstructionBytes = 2;
  static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP] += kIllegalInstructionBytes;
}

}  // namespace

int main() {
  struct sigaction action = {};
  action.sa_sigaction = allocate;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGILL, &action, nullptr);
  for (int round = 0; round < 20; ++round) calls_from(round % 2);
  return 0;
}
