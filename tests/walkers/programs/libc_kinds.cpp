#include <ftw.h>
#include <pthread.h>
#include <search.h>
#include <signal.h>
#include <stdlib.h>
#include <ucontext.h>

#include <initializer_list>

#include "tests/walkers/programs/frames.h"

namespace frames {
namespace {

// --- callbacks; what they are given is where they find the depth

int compare(const void* depth, const void*) {
  next(*static_cast<const unsigned*>(depth));
  AFTER_CALL();
  return 0;
}

void through_qsort(unsigned depth) {
  unsigned pair[2] = {depth, depth};
  qsort(pair, 2, sizeof pair[0], compare);
}

void through_bsearch(unsigned depth) {
  const unsigned one = depth;
  bsearch(&depth, &one, 1, sizeof one, compare);
}

thread_local unsigned t_depth;

void visit(const void*, VISIT, int) {
  const unsigned depth = t_depth;
  next(depth / 2);
  t_depth = depth;
}

/// The tree allocates its nodes, too.
void through_tree(unsigned depth) {
  void* root = nullptr;
  unsigned key = depth;
  {
    const Barrier barrier;
    tsearch(&key, &root, compare);
    tsearch(&key, &root, compare);
    t_depth = depth;
    twalk(root, visit);
  }
  tdestroy(root, [](void*) {});
}

void once() {
  next(t_depth);
  AFTER_CALL();
}

void through_once(unsigned depth) {
  pthread_once_t control = PTHREAD_ONCE_INIT;
  const Barrier barrier;
  t_depth = depth;
  pthread_once(&control, once);
}

int visit_file(const char*, const struct stat*, int) {
  const unsigned depth = t_depth;
  next(depth);
  t_depth = depth;
  return 1;
}

void through_ftw(unsigned depth) {
  if (choose(32) != 0) return next(depth);  // It takes long.
  const Barrier barrier;
  t_depth = depth;
  ftw("/etc/ld.so.conf.d", visit_file, 2);
}

// --- signals

constexpr int kOrdinary = SIGUSR1;  // on the interrupted stack
constexpr int kApart = SIGUSR2;     // on the signal stack

void handle(int signal, siginfo_t*, void* context) {
  const Barrier barrier;
  ++t_state.reach.may_not_switch;
  ++t_state.handlers;
  // A signal stack is not large.
  next(t_depth < 6 ? t_depth : 6);
  --t_state.handlers;
  constexpr unsigned kIllegalInstructionBytes = 2;
  if (signal == SIGILL) {
    static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP] += kIllegalInstructionBytes;
  }
}

void raises(unsigned depth) {
  t_depth = depth;
  raise(kOrdinary);
  AFTER_CALL();
}

void raises_apart(unsigned depth) {
  // A fiber that such a handler has begun would have the next one run over the first.
  if (t_state.on_signal_stack) return next(depth);
  t_depth = depth;
  t_state.on_signal_stack = true;
  raise(kApart);
  t_state.on_signal_stack = false;
  AFTER_CALL();
}

/// Interrupted at an instruction in the middle, and before the stack pointer is where it usually
/// is.
void traps(unsigned depth) {
  t_depth = depth;
  asm volatile("int3" : : : "memory");
}

void traps_with_frame(unsigned depth) {
  alignas(64) char space[64];
  asm volatile("" : : "r"(&space) : "memory");
  t_depth = depth;
  asm volatile("ud2" : : "r"(&space) : "memory");
}

}  // namespace

// The interrupted instruction is the function's first: the one before it belongs to another
// function, with a frame of another size.
asm(R"(
  .text
  .type frames_before, @function
frames_before:
  .cfi_startproc
  subq $120, %rsp
  .cfi_def_cfa_offset 128
  nop
  .cfi_endproc
  .size frames_before, . - frames_before
  .globl frames_first_instruction
  .type frames_first_instruction, @function
frames_first_instruction:
  .cfi_startproc
  ud2
  pushq %rbx
  .cfi_def_cfa_offset 16
  .cfi_offset rbx, -16
  ud2
  popq %rbx
  .cfi_def_cfa_offset 8
  ud2
  ret
  .cfi_endproc
  .size frames_first_instruction, . - frames_first_instruction

  # One address, returned to and interrupted at, with the stack pointer at the same place.
  .globl frames_same_address
  .type frames_same_address, @function
frames_same_address:
  .cfi_startproc
  subq $8, %rsp
  .cfi_def_cfa_offset 16
  call *%rsi
  ud2
  addq $8, %rsp
  .cfi_def_cfa_offset 8
  ret
  .cfi_endproc
  .size frames_same_address, . - frames_same_address
)");
extern "C" void frames_first_instruction();
extern "C" void frames_same_address(unsigned depth, void (*call)(unsigned));

namespace {

void traps_at_first_instruction(unsigned depth) {
  t_depth = depth / 2;
  frames_first_instruction();
  AFTER_CALL();
}

void traps_where_it_returned(unsigned depth) {
  t_depth = depth / 2;
  frames_same_address(depth / 2, next);
  AFTER_CALL();
}

}  // namespace

void prepare_handlers() {
  for (const int signal : {kOrdinary, kApart, SIGTRAP, SIGILL}) {
    struct sigaction action = {};
    action.sa_sigaction = handle;
    action.sa_flags = SA_SIGINFO | SA_NODEFER | (signal == kApart ? SA_ONSTACK : 0);
    sigaction(signal, &action, nullptr);
  }
}

void use_signal_stack(void* memory, size_t bytes) {
  const stack_t stack = {memory, 0, bytes};
  if (sigaltstack(&stack, nullptr) != 0) abort();
}

const Kind kLibcKinds[] = {through_qsort,
                           through_bsearch,
                           through_tree,
                           through_once,
                           through_ftw,
                           raises,
                           raises_apart,
                           traps,
                           traps_with_frame,
                           traps_at_first_instruction,
                           traps_where_it_returned,
                           nullptr};

}  // namespace frames
