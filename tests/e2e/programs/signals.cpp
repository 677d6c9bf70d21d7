// signals MODE LEDGERS: handlers that allocate while the recorder is at work, handlers that leave
// it by siglongjmp, and fibers. It runs on a heap that may be entered at any instant
// (bump_heap.cpp), so what breaks is the recorder's doing.
#include <alloca.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <ucontext.h>

#include "tests/e2e/programs/bookkeeping.h"

namespace {

constexpr unsigned kHandlerCalls = 1500;

ledger::Page* g_page;
volatile unsigned g_handled = 0;
sigjmp_buf g_back;
volatile sig_atomic_t g_may_jump = 0;

void start_timer() {
  const itimerval every{{0, 83}, {0, 83}};
  setitimer(ITIMER_REAL, &every, nullptr);
}

void stop_timer() {
  const itimerval never{};
  setitimer(ITIMER_REAL, &never, nullptr);
}

void handle(void (*handler)(int), int flags) {
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigaction(SIGALRM, &action, nullptr);
}

void allocate_in_handler(int) {
  for (unsigned i = 0; i < 3; ++i) {
    void* block = ledger::take(g_page->accounts[1], 31 + i);
    ledger::give(g_page->accounts[1], block, 31 + i);
  }
  g_handled = g_handled + 1;
}

void jump_out(int) {
  g_handled = g_handled + 1;
  ledger::give(g_page->accounts[1], ledger::take(g_page->accounts[1], 37), 37);
  if (g_may_jump) siglongjmp(g_back, 1);
}

void storm(int flags) {
  handle(allocate_in_handler, flags);
  start_timer();
  ledger::Worker worker(g_page->accounts[0], 1);
  while (g_handled < kHandlerCalls) worker.step();
  stop_timer();
}

/// Calls that are abandoned: the ledger's "begun" runs ahead of its "done", once for each jump at
/// most.
__attribute__((noinline)) void work_until_jump() {
  ledger::Account& account = g_page->accounts[0];
  for (unsigned i = 0;; ++i) {
    void* block = ledger::take(account, 41 + i % 97);
    ledger::give(account, block, 41 + i % 97);
  }
}

void jumps() {
  handle(jump_out, 0);
  sigsetjmp(g_back, 1);
  g_may_jump = 0;
  if (g_handled == 0) start_timer();
  if (g_handled < kHandlerCalls) {
    g_may_jump = 1;
    work_until_jump();
  }
  stop_timer();
  // After all that, recording goes on as if nothing had been.
  ledger::Worker worker(g_page->accounts[2], 5);
  worker.steps(5000);
}

// --- fibers

ucontext_t g_main;
ucontext_t g_fibers[3];

__attribute__((noinline)) void run_fiber(unsigned number) {
  ledger::Worker worker(g_page->accounts[number + 3], number);
  for (unsigned round = 0; round < 300; ++round) {
    worker.steps(10);
    swapcontext(&g_fibers[number], &g_main);
  }
}

void fiber_entry(int number) {
  run_fiber(static_cast<unsigned>(number));
}

void fibers() {
  constexpr size_t kStackBytes = 64 * 1024;
  for (int i = 0; i < 3; ++i) {
    // A hole on either side: whoever reads beyond the stack dies.
    char* stack = static_cast<char*>(
        mmap(nullptr, kStackBytes + 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    mprotect(stack + 4096, kStackBytes, PROT_READ | PROT_WRITE);
    getcontext(&g_fibers[i]);
    g_fibers[i].uc_stack.ss_sp = stack + 4096;
    g_fibers[i].uc_stack.ss_size = kStackBytes;
    g_fibers[i].uc_link = &g_main;
    makecontext(&g_fibers[i], reinterpret_cast<void (*)()>(fiber_entry), 1, i);
  }
  for (unsigned round = 0; round < 300; ++round) {
    for (ucontext_t& fiber : g_fibers) swapcontext(&g_main, &fiber);
  }
}

void* use_signal_stack(void*) {
  static char memory[64 * 1024];
  const stack_t stack{memory, 0, sizeof memory};
  sigaltstack(&stack, nullptr);
  storm(SA_ONSTACK);
  return nullptr;
}

// --- a stack overflow inside the recorder's hook, and life after it

char g_overflow_stack[64 * 1024];

void leave_overflow(int) {
  siglongjmp(g_back, 1);
}

// Through a pointer: the compiler refuses recursion that it knows to be without end.
void recurse(unsigned depth);
void (*volatile g_recurse)(unsigned) = recurse;

__attribute__((noinline)) void recurse(unsigned depth) {
  char space[512];
  memset(space, static_cast<int>(depth), sizeof space);
  asm volatile("" : : "r"(space) : "memory");
  ledger::take(g_page->accounts[0], 43);
  g_recurse(depth + 1);
  asm volatile("" : : "r"(space) : "memory");
}

void end_overflow(int) {
  constexpr char kText[] = "stack overflow\n";
  if (write(2, kText, sizeof kText - 1) < 0) _exit(95);
  _exit(42);
}

// From another depth each time, so that the stack ends at other places of the recorder.
__attribute__((noinline)) void recurse_from(unsigned round) {
  char* space = static_cast<char*>(alloca(16 + round * 16));
  asm volatile("" : : "r"(space) : "memory");
  recurse(0);
  asm volatile("" : : "r"(space) : "memory");
}

void overflow(unsigned rounds, void (*handler)(int)) {
  const stack_t stack{g_overflow_stack, 0, sizeof g_overflow_stack};
  sigaltstack(&stack, nullptr);
  struct sigaction action = {};
  action.sa_handler = handler;
  action.sa_flags = SA_ONSTACK;
  sigaction(SIGSEGV, &action, nullptr);
  static unsigned round = 0;
  sigsetjmp(g_back, 1);
  if (round++ < rounds) recurse_from(round);
  ledger::Worker worker(g_page->accounts[2], 5);
  worker.steps(5000);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 99;
  g_page = ledger::open_page(argv[2], "root");
  if (strcmp(argv[1], "storm") == 0) {
    storm(0);
  } else if (strcmp(argv[1], "signal_stack") == 0) {
    use_signal_stack(nullptr);
  } else if (strcmp(argv[1], "jumps") == 0) {
    jumps();
  } else if (strcmp(argv[1], "fibers") == 0) {
    fibers();
  } else if (strcmp(argv[1], "overflow") == 0) {
    overflow(40, leave_overflow);
  } else if (strcmp(argv[1], "overflow_exit") == 0) {
    overflow(1, end_overflow);
  } else {
    return 98;
  }
  return 0;
}
