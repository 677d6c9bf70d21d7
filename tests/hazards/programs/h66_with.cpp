// h66_with LEDGERS: works on the heap in five threads, with aligned blocks among them. Linked to an
// allocator that has malloc and operator new; what goes through operator new is in no ledger.
#include <pthread.h>
#include <stdint.h>

#include "tests/e2e/programs/bookkeeping.h"

void* operator new(size_t size);
void operator delete(void* block) noexcept;

namespace {

bool aligned(ledger::Account& account, size_t size) {
  void* block = nullptr;
  ledger::bump(&account.allocations_begun, 1);
  if (posix_memalign(&block, 256, size) != 0) return false;
  ledger::bump(&account.allocations, 1);
  ledger::bump(&account.bytes_allocated, size);
  const bool good = reinterpret_cast<uintptr_t>(block) % 256 == 0;
  ledger::give(account, block, size);
  return good;
}

void* work(void* argument) {
  auto& account = *static_cast<ledger::Account*>(argument);
  ledger::Worker worker(account, 66);
  uintptr_t good = 0;
  for (unsigned i = 0; i < 100; ++i) {
    worker.steps(20);
    good += aligned(account, 1009 + i);
    void* object = operator new(1013);
    good += object != nullptr;
    operator delete(object);
  }
  return reinterpret_cast<void*>(good);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 99;
  ledger::Page* page = ledger::open_page(argv[1], "root");
  constexpr unsigned kThreads = 4;
  pthread_t threads[kThreads];
  for (unsigned i = 0; i < kThreads; ++i) {
    if (pthread_create(&threads[i], nullptr, work, &page->accounts[1 + i]) != 0) return 98;
  }
  auto good = reinterpret_cast<uintptr_t>(work(&page->accounts[0]));
  for (pthread_t thread : threads) {
    void* result = nullptr;
    pthread_join(thread, &result);
    good += reinterpret_cast<uintptr_t>(result);
  }
  char text[64];
  const int bytes = snprintf(text, sizeof text, "good %zu\n", good);
  return write(1, text, static_cast<size_t>(bytes)) == bytes ? 0 : 97;
}
