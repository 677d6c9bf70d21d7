// h29_steps MODE LEDGERS [STRIDE]: a signal after every instruction of the allocation functions, by
// the processor's trap flag. It runs on a heap that may be entered at any instant.
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <ucontext.h>

#include "tests/e2e/programs/bookkeeping.h"

namespace {

ledger::Page* g_page;

constexpr greg_t kTrapFlag = 0x100;
volatile bool g_trapping = false;

/// From here on SIGTRAP comes after each instruction.
inline __attribute__((always_inline)) void begin_traps() {
  g_trapping = true;
  // The stack pointer is where unwind information says it is before the first signal comes.
  asm volatile(
      "leaq -128(%%rsp), %%rsp\n\tpushfq\n\torq $0x100, (%%rsp)\n\tpopfq\n\tleaq 128(%%rsp), %%rsp"
      :
      :
      : "memory", "cc");
}

/// The last one comes after this.
inline __attribute__((always_inline)) void end_traps() {
  g_trapping = false;
}

/// To be called by handlers last of all.
void go_on(void* context) {
  if (!g_trapping) static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_EFL] &= ~kTrapFlag;
}

void handle_traps(void (*handler)(int, siginfo_t*, void*), int flags) {
  struct sigaction action = {};
  action.sa_sigaction = handler;
  action.sa_flags = flags | SA_SIGINFO;
  sigaction(SIGTRAP, &action, nullptr);
}

inline __attribute__((always_inline)) void work(ledger::Account& account, size_t size) {
  void* block = ledger::take(account, size);
  block = ledger::change(account, block, size, 2 * size);
  ledger::give(account, block, 2 * size);
}

// --- handlers that allocate

void allocate_in_handler(int, siginfo_t*, void* context) {
  ledger::give(g_page->accounts[1], ledger::take(g_page->accounts[1], 47), 47);
  go_on(context);
}

// From the thread's first event on: that takes a stream and its chunks, memory for them in steps,
// and looks up code that has not been seen before. The handlers write enough for all of it.
void* work_in_steps(void*) {
  constexpr unsigned kRounds = 14;
  for (unsigned i = 0; i < kRounds; ++i) {
    begin_traps();
    work(g_page->accounts[0], 61 + i);
    end_traps();
  }
  return nullptr;
}

void handlers() {
  handle_traps(allocate_in_handler, 0);
  pthread_t thread;
  pthread_create(&thread, nullptr, work_in_steps, nullptr);
  pthread_join(thread, nullptr);
}

// --- handlers in handlers

volatile bool g_in_handler = false;
volatile unsigned g_steps = 0;

// Every so often the handler's own calls are interrupted after each instruction as well.
void allocate_deeper(int, siginfo_t*, void* context) {
  constexpr unsigned kStride = 61;
  if (g_in_handler) {
    ledger::give(g_page->accounts[2], ledger::take(g_page->accounts[2], 53), 53);
    go_on(context);
    return;
  }
  g_in_handler = true;
  const bool outer = g_trapping;
  g_steps = g_steps + 1;
  const bool deeper = g_steps % kStride == 0;
  if (deeper) begin_traps();
  void* block = ledger::take(g_page->accounts[1], 47);
  ledger::give(g_page->accounts[1], block, 47);
  if (deeper) end_traps();
  g_in_handler = false;
  g_trapping = outer;
  go_on(context);
}

void deep() {
  handle_traps(allocate_deeper, SA_NODEFER);
  for (unsigned i = 0; i < 3; ++i) {
    begin_traps();
    void* block = ledger::take(g_page->accounts[0], 61);
    ledger::give(g_page->accounts[0], block, 61);
    end_traps();
  }
}

// --- handlers that leave

sigjmp_buf g_back;
volatile unsigned g_left = 0;

void leave_when_due(int, siginfo_t*, void* context) {
  g_left = g_left - 1;
  if (g_left == 0) siglongjmp(g_back, 1);
  go_on(context);
}

// Leaves after `steps` instructions; false when the work is done before that. The recorder's
// recovery from the last time is behind us then.
__attribute__((noinline)) bool leave_after(unsigned steps) {
  ledger::Account& account = g_page->accounts[0];
  ledger::give(account, ledger::take(account, 67), 67);
  g_left = steps;
  if (sigsetjmp(g_back, 1) != 0) return true;
  begin_traps();
  ledger::give(account, ledger::take(account, 71), 71);
  end_traps();
  return false;
}

void jumps(unsigned stride) {
  handle_traps(leave_when_due, 0);
  // One more instruction each time, until none is left.
  for (unsigned steps = 1; leave_after(steps); steps += stride) {
  }
  ledger::Worker worker(g_page->accounts[2], 5);
  worker.steps(5000);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 99;
  g_page = ledger::open_page(argv[2], "root");
  if (strcmp(argv[1], "handlers") == 0) {
    handlers();
  } else if (strcmp(argv[1], "deep") == 0) {
    deep();
  } else if (strcmp(argv[1], "jumps") == 0 && argc > 3) {
    jumps(static_cast<unsigned>(atoi(argv[3])));
  } else {
    return 98;
  }
  return 0;
}
