// endings MODE LEDGERS [CHILD]: works on the heap and then ends in the way that MODE says.
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>

#include "tests/e2e/programs/bookkeeping.h"

namespace {

constexpr unsigned kSteps = 5000;

ledger::Page* g_page;
void* g_late_block;

void at_end() {
  ledger::give(g_page->accounts[1], g_late_block, 977);
}

void* exit_from_thread(void*) {
  ledger::Worker worker(g_page->accounts[2], 3);
  worker.steps(kSteps);
  exit(7);
}

void* outlive_main(void* main_thread) {
  pthread_join(*static_cast<pthread_t*>(main_thread), nullptr);
  ledger::Worker worker(g_page->accounts[2], 3);
  worker.steps(kSteps);
  return nullptr;
}

// Several threads that go on allocating while the process ends under them.
void* work_for_ever(void* account) {
  ledger::Worker worker(*static_cast<ledger::Account*>(account), 7);
  for (;;) worker.step();
}

int exit_among_threads() {
  for (unsigned i = 0; i < 8; ++i) {
    pthread_t thread;
    pthread_create(&thread, nullptr, work_for_ever, &g_page->accounts[i + 2]);
  }
  for (unsigned i = 0; i < 8; ++i) {
    while (__atomic_load_n(&g_page->accounts[i + 2].allocations, __ATOMIC_ACQUIRE) < 100)
      sched_yield();
  }
  return 12;
}

void free_twice() {
  void* volatile block = malloc(100);
  free(block);
  free(block);
}

void write_to_null() {
  volatile int* volatile nowhere = nullptr;
  *nowhere = 1;
}

int end(const char* mode, const char* directory, const char* child) {
  if (strcmp(mode, "return") == 0) return 3;
  if (strcmp(mode, "exit") == 0) exit(4);
  if (strcmp(mode, "_exit") == 0) _exit(5);
  if (strcmp(mode, "_Exit") == 0) _Exit(6);
  if (strcmp(mode, "quick_exit") == 0) quick_exit(8);
  if (strcmp(mode, "abort") == 0) abort();
  if (strcmp(mode, "exit_group") == 0) syscall(SYS_exit_group, 9);
  if (strcmp(mode, "segv") == 0) write_to_null();
  if (strcmp(mode, "term") == 0) raise(SIGTERM);
  if (strcmp(mode, "double_free") == 0) free_twice();
  if (strcmp(mode, "exit_among_threads") == 0) return exit_among_threads();
  if (strcmp(mode, "kill") == 0) raise(SIGKILL);
  if (strcmp(mode, "exec") == 0)
    execl(child, child, directory, "next", static_cast<char*>(nullptr));
  if (strcmp(mode, "exec_fails") == 0) {
    if (execl("/nonexistent/program", "program", static_cast<char*>(nullptr)) != -1) return 98;
    if (errno != ENOENT) return 97;
    ledger::Worker worker(g_page->accounts[2], 3);
    worker.steps(kSteps, g_page);
    return 10;
  }
  pthread_t thread;
  if (strcmp(mode, "exit_from_thread") == 0) {
    pthread_create(&thread, nullptr, exit_from_thread, nullptr);
    for (;;) pause();
  }
  if (strcmp(mode, "pthread_exit") == 0) {
    static pthread_t self;
    self = pthread_self();
    pthread_create(&thread, nullptr, outlive_main, &self);
    pthread_exit(nullptr);
  }
  return 98;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 99;
  g_page = ledger::open_page(argv[2], "root");
  ledger::Worker worker(g_page->accounts[0], 1);
  worker.steps(kSteps, g_page);
  g_late_block = ledger::take(g_page->accounts[0], 977);
  ledger::note_peak(g_page);
  atexit(at_end);
  at_quick_exit(at_end);
  return end(argv[1], argv[2], argc > 3 ? argv[3] : "");
}
