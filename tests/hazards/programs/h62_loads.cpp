// h62_loads LEDGERS ROUNDS WORKERS LIBRARY...: one thread for each library loads and unloads it,
// which allocates and starts a thread, while others allocate under deep stacks.
#include <dlfcn.h>
#include <pthread.h>

#include "tests/e2e/programs/bookkeeping.h"

namespace {

unsigned g_rounds;
volatile unsigned g_loading;

void* load(void* path) {
  uintptr_t failures = 0;
  for (unsigned i = 0; i < g_rounds; ++i) {
    void* library = dlopen(static_cast<const char*>(path), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr || dlclose(library) != 0) ++failures;
  }
  __atomic_fetch_sub(&g_loading, 1, __ATOMIC_RELEASE);
  return reinterpret_cast<void*>(failures);
}

__attribute__((noinline)) void deep(unsigned depth, ledger::Worker& worker) {
  volatile unsigned here = depth;
  if (here == 0) {
    worker.steps(20);
  } else {
    deep(here - 1, worker);
  }
  asm volatile("" : : : "memory");
}

void* work(void* argument) {
  ledger::Worker worker(*static_cast<ledger::Account*>(argument), 62);
  for (unsigned i = 0; __atomic_load_n(&g_loading, __ATOMIC_ACQUIRE) != 0; ++i) {
    deep(i % 40, worker);
  }
  return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) return 99;
  ledger::Page* page = ledger::open_page(argv[1], "root");
  g_rounds = static_cast<unsigned>(atoi(argv[2]));
  const unsigned workers = static_cast<unsigned>(atoi(argv[3]));
  const unsigned libraries = static_cast<unsigned>(argc) - 4;
  pthread_t threads[ledger::kAccounts];
  if (workers + libraries > ledger::kAccounts) return 98;
  g_loading = libraries;
  for (unsigned i = 0; i < libraries; ++i) {
    pthread_create(&threads[i], nullptr, load, argv[4 + i]);
  }
  for (unsigned i = 0; i < workers; ++i) {
    pthread_create(&threads[libraries + i], nullptr, work, &page->accounts[i]);
  }
  uintptr_t failures = 0;
  for (unsigned i = 0; i < workers + libraries; ++i) {
    void* result = nullptr;
    pthread_join(threads[i], &result);
    failures += reinterpret_cast<uintptr_t>(result);
  }
  return failures == 0 ? 0 : 97;
}
