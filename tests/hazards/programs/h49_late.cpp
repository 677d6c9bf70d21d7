// h49_late LEDGERS: exits while sixteen threads allocate; its last handlers allocate in a callback
// of dl_iterate_phdr, that is, under the loader's lock.
#include <link.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "tests/e2e/programs/bookkeeping.h"

namespace {

constexpr unsigned kThreads = 16;

ledger::Page* g_page;

__attribute__((noinline)) int allocate_in_callback(dl_phdr_info*, size_t, void*) {
  for (unsigned i = 0; i < 50; ++i) {
    ledger::give(g_page->accounts[1], ledger::take(g_page->accounts[1], 419), 419);
  }
  return 0;
}

void at_end() {
  for (unsigned i = 0; i < 20; ++i) dl_iterate_phdr(allocate_in_callback, nullptr);
}

__attribute__((destructor)) void at_very_end() {
  at_end();
}

void* work_for_ever(void* account) {
  ledger::Worker worker(*static_cast<ledger::Account*>(account), 7);
  for (;;) worker.step();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 99;
  g_page = ledger::open_page(argv[1], "root");
  atexit(at_end);
  for (unsigned i = 0; i < kThreads; ++i) {
    pthread_t thread;
    if (pthread_create(&thread, nullptr, work_for_ever, &g_page->accounts[i + 2]) != 0) return 98;
  }
  for (unsigned i = 0; i < kThreads; ++i) {
    while (__atomic_load_n(&g_page->accounts[i + 2].allocations, __ATOMIC_ACQUIRE) < 100)
      sched_yield();
  }
  return 13;
}
