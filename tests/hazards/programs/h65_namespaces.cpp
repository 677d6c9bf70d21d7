// h65_namespaces LEDGERS LIBRARY: again and again loads a library into a namespace of its own, with
// a second C library, and allocates through both, in threads too. Prints how much of it worked.
#include <dlfcn.h>
#include <pthread.h>

#include "tests/e2e/programs/bookkeeping.h"

namespace {

constexpr unsigned kNamespaces = 8;
constexpr unsigned kThreads = 4;
constexpr unsigned kCalls = 200;

unsigned (*g_work)(unsigned);

void* work(void* argument) {
  ledger::Worker worker(*static_cast<ledger::Account*>(argument), 65);
  uintptr_t good = 0;
  for (unsigned i = 0; i < 10; ++i) {
    good += g_work(kCalls / 10);
    worker.steps(50);
  }
  return reinterpret_cast<void*>(good);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 99;
  ledger::Page* page = ledger::open_page(argv[1], "root");
  uintptr_t good = 0;
  unsigned apart = 0;
  for (unsigned round = 0; round < kNamespaces; ++round) {
    void* library = dlmopen(LM_ID_NEWLM, argv[2], RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      fprintf(stderr, "%s\n", dlerror());
      return 98;
    }
    g_work = reinterpret_cast<unsigned (*)(unsigned)>(dlsym(library, "h65_work"));
    const auto their_malloc = reinterpret_cast<const void* (*)()>(dlsym(library, "h65_malloc"));
    if (g_work == nullptr || their_malloc == nullptr) return 97;
    apart += their_malloc() != reinterpret_cast<const void*>(&malloc);
    good += reinterpret_cast<uintptr_t>(work(&page->accounts[0]));
    pthread_t threads[kThreads];
    for (unsigned i = 0; i < kThreads; ++i) {
      if (pthread_create(&threads[i], nullptr, work, &page->accounts[1 + i]) != 0) return 96;
    }
    for (pthread_t thread : threads) {
      void* result = nullptr;
      pthread_join(thread, &result);
      good += reinterpret_cast<uintptr_t>(result);
    }
    if (dlclose(library) != 0) return 95;
  }
  char text[64];
  const int bytes = snprintf(text, sizeof text, "good %zu apart %u\n", good, apart);
  return write(1, text, static_cast<size_t>(bytes)) == bytes ? 0 : 94;
}
