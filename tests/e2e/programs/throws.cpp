// throws LEDGERS: works on the heap, throws through its frames many times, and ends by an exception
// that nobody catches.
#include <stdexcept>

#include "tests/e2e/programs/bookkeeping.h"

namespace {

struct Ending {
  int code;
};

__attribute__((noinline)) void throw_after_malloc(ledger::Page* page, unsigned depth) {
  if (depth == 0) throw Ending{5};
  void* block = ledger::take(page->accounts[0], 101);
  try {
    throw_after_malloc(page, depth - 1);
  } catch (const Ending&) {
    ledger::give(page->accounts[0], block, 101);
    throw;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 99;
  ledger::Page* page = ledger::open_page(argv[1], "root");
  ledger::Worker worker(page->accounts[0], 1);
  for (unsigned i = 0; i < 300; ++i) {
    worker.steps(10);
    try {
      throw_after_malloc(page, 10);
    } catch (const Ending& ending) {
      if (ending.code != 5) return 98;
    }
  }
  throw Ending{6};
}
