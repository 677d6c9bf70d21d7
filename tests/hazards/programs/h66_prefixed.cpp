// h66_prefixed LEDGERS: an executable with an allocator of its own under a prefix, as Rust programs
// have jemalloc, beside the C library's.
#include "tests/e2e/programs/bookkeeping.h"

static char g_heap[1 << 20];
static size_t g_used;

extern "C" __attribute__((noinline)) void* _rjem_malloc(size_t size) {
  void* block = g_heap + g_used;
  g_used += (size + 15) & ~size_t{15};
  return g_used <= sizeof g_heap ? block : nullptr;
}

int main(int argc, char** argv) {
  if (argc < 2) return 99;
  ledger::Worker worker(ledger::open_page(argv[1], "root")->accounts[0], 66);
  for (unsigned i = 0; i < 500; ++i) {
    worker.steps(4);
    if (_rjem_malloc(1021) == nullptr) return 98;
  }
  return 0;
}
