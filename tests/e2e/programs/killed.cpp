// killed LEDGERS: four threads allocate and free for ever, until somebody kills the process.
#include <pthread.h>

#include "tests/e2e/programs/bookkeeping.h"

namespace {

ledger::Page* g_page;

// A function for each thread, so that the trace's sites tell the threads apart.
template <unsigned kThread>
__attribute__((noinline)) void* allocate(unsigned i) {
  return ledger::take(g_page->accounts[kThread], 11 + i % 997);
}

template <unsigned kThread>
void* work(void*) {
  constexpr unsigned kBlocks = 16;
  void* blocks[kBlocks] = {};
  size_t sizes[kBlocks] = {};
  for (unsigned i = 0;; ++i) {
    const unsigned slot = i % kBlocks;
    if (blocks[slot] != nullptr) ledger::give(g_page->accounts[kThread], blocks[slot], sizes[slot]);
    sizes[slot] = 11 + i % 997;
    blocks[slot] = allocate<kThread>(i);
  }
  return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 99;
  g_page = ledger::open_page(argv[1], "root");
  pthread_t thread;
  pthread_create(&thread, nullptr, work<1>, nullptr);
  pthread_create(&thread, nullptr, work<2>, nullptr);
  pthread_create(&thread, nullptr, work<3>, nullptr);
  work<0>(nullptr);
}
