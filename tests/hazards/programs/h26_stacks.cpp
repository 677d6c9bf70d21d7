// h26_stacks MODE LEDGERS: threads and fibers on stacks that the C library did not make.
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>

#include "tests/e2e/programs/bookkeeping.h"

namespace {

constexpr size_t kPage = 4096;
constexpr size_t kStackBytes = 64 * 1024;

ledger::Page* g_page;

char* make_stack() {
  char* memory = static_cast<char*>(
      mmap(nullptr, kStackBytes + 2 * kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  mprotect(memory + kPage, kStackBytes, PROT_READ | PROT_WRITE);
  return memory + kPage;
}

__attribute__((noinline)) int work(void* account) {
  ledger::Worker worker(*static_cast<ledger::Account*>(account), 11);
  worker.steps(2000);
  return 0;
}

void mapped() {
  for (unsigned i = 0; i < 20; ++i) {
    char* stack = make_stack();
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, stack, kStackBytes);
    pthread_t thread;
    pthread_create(
        &thread, &attributes,
        [](void* account) -> void* {
          work(account);
          return nullptr;
        },
        &g_page->accounts[i]);
    pthread_join(thread, nullptr);
    munmap(stack - kPage, kStackBytes + 2 * kPage);
  }
}

// Threads of the kernel that the C library knows nothing of. They have their maker's thread-local
// storage, so it waits for them.
void cloned(int flags) {
  for (unsigned i = 0; i < 20; ++i) {
    work(&g_page->accounts[0]);
    char* stack = make_stack();
    static volatile int alive;
    alive = 1;
    const int id = clone(work, stack + kStackBytes, flags, &g_page->accounts[1], nullptr, nullptr,
                         const_cast<int*>(&alive));
    if (id < 0) exit(97);
    if ((flags & CLONE_THREAD) != 0) {
      while (alive != 0) syscall(SYS_futex, &alive, FUTEX_WAIT, 1, nullptr, nullptr, 0);
    } else {
      int status = 0;
      if (waitpid(id, &status, 0) != id || status != 0) exit(96);
    }
    munmap(stack - kPage, kStackBytes + 2 * kPage);
  }
}

// A fiber that two threads take turns in running.
ucontext_t g_callers[2];
ucontext_t g_fiber;
volatile unsigned g_runner;

__attribute__((noinline)) void run_fiber() {
  ledger::Worker worker(g_page->accounts[2], 13);
  for (;;) {
    worker.steps(7);
    swapcontext(&g_fiber, &g_callers[g_runner]);
  }
}

pthread_barrier_t g_turn;

void* take_turns(void* argument) {
  const auto self = static_cast<unsigned>(reinterpret_cast<uintptr_t>(argument));
  ledger::Worker worker(g_page->accounts[self], self);
  for (unsigned round = 0; round < 400; ++round) {
    if (round % 2 == self) {
      g_runner = self;
      swapcontext(&g_callers[self], &g_fiber);
    }
    worker.steps(5);
    pthread_barrier_wait(&g_turn);
  }
  return nullptr;
}

void wandering_fiber() {
  getcontext(&g_fiber);
  g_fiber.uc_stack.ss_sp = make_stack();
  g_fiber.uc_stack.ss_size = kStackBytes;
  makecontext(&g_fiber, run_fiber, 0);
  pthread_barrier_init(&g_turn, nullptr, 2);
  pthread_t threads[2];
  for (uintptr_t i = 0; i < 2; ++i) {
    pthread_create(&threads[i], nullptr, take_turns, reinterpret_cast<void*>(i));
  }
  for (pthread_t thread : threads) pthread_join(thread, nullptr);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 99;
  g_page = ledger::open_page(argv[2], "root");
  if (strcmp(argv[1], "mapped") == 0) {
    mapped();
  } else if (strcmp(argv[1], "clone_thread") == 0) {
    cloned(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
           CLONE_CHILD_CLEARTID);
  } else if (strcmp(argv[1], "clone_process") == 0) {
    cloned(CLONE_VM | CLONE_FILES | SIGCHLD);
  } else if (strcmp(argv[1], "wandering_fiber") == 0) {
    wandering_fiber();
  } else {
    return 98;
  }
  return 0;
}
