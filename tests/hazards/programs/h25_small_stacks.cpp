// h25_small_stacks MODE LEDGERS BYTES: allocates on a stack of so many bytes between two holes;
// with a plus, of so many more than the kernel needs to deliver a signal.
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <ucontext.h>

#include "tests/e2e/programs/bookkeeping.h"

namespace {

constexpr size_t kPage = 4096;

ledger::Page* g_page;
size_t g_bytes;
ucontext_t g_back;
ucontext_t g_coroutine;

/// `bytes` of stack at the low end of their mapping, right above a hole; another lies above.
char* make_stack(size_t bytes) {
  const size_t pages = (bytes + kPage - 1) / kPage * kPage;
  char* memory = static_cast<char*>(
      mmap(nullptr, pages + 2 * kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  mprotect(memory + kPage, pages, PROT_READ | PROT_WRITE);
  return memory + kPage;
}

// Without a library call but the allocator's: what else there is on the stack is ours to know.
__attribute__((noinline)) void allocate() {
  ledger::Account& account = g_page->accounts[0];
  for (unsigned i = 0; i < 3; ++i) {
    void* block = ledger::take(account, 101 + i);
    block = ledger::change(account, block, 101 + i, 211);
    ledger::give(account, block, 211);
  }
}

void run_coroutine(void*) {
  getcontext(&g_coroutine);
  g_coroutine.uc_stack.ss_sp = make_stack(g_bytes);
  g_coroutine.uc_stack.ss_size = g_bytes;
  g_coroutine.uc_link = &g_back;
  makecontext(&g_coroutine, allocate, 0);
  swapcontext(&g_back, &g_coroutine);
}

void run_handler(void*) {
  const stack_t stack{make_stack(g_bytes), 0, g_bytes};
  if (sigaltstack(&stack, nullptr) != 0) _exit(97);
  struct sigaction action = {};
  action.sa_handler = [](int) { allocate(); };
  action.sa_flags = SA_ONSTACK;
  sigaction(SIGUSR1, &action, nullptr);
  pthread_kill(pthread_self(), SIGUSR1);
}

void in_new_thread(void (*run)(void*)) {
  static void (*s_run)(void*);
  s_run = run;
  pthread_t thread;
  pthread_create(
      &thread, nullptr,
      [](void*) -> void* {
        s_run(nullptr);
        return nullptr;
      },
      nullptr);
  pthread_join(thread, nullptr);
}

void prepare(char** argv) {
  g_page = ledger::open_page(argv[2], "root");
  g_bytes = static_cast<size_t>(atoi(argv[3]));
  if (argv[3][0] == '+') g_bytes += static_cast<size_t>(sysconf(_SC_MINSIGSTKSZ));
}

// Before all constructors, the recorder's among them.
void run_first_of_all(int argc, char** argv, char**) {
  if (argc < 4 || strcmp(argv[1], "first_of_all") != 0) return;
  prepare(argv);
  run_coroutine(nullptr);
}
__attribute__((section(".preinit_array"), used)) void (*const g_first)(int, char**,
                                                                       char**) = run_first_of_all;

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 99;
  if (strcmp(argv[1], "first_of_all") == 0) return 0;
  prepare(argv);
  // The program's first allocation, or a thread's, is made there.
  if (strcmp(argv[1], "coroutine") == 0) {
    run_coroutine(nullptr);
  } else if (strcmp(argv[1], "handler") == 0) {
    run_handler(nullptr);
  } else if (strcmp(argv[1], "thread_coroutine") == 0) {
    in_new_thread(run_coroutine);
  } else if (strcmp(argv[1], "thread_handler") == 0) {
    in_new_thread(run_handler);
  } else {
    return 98;
  }
  return 0;
}
