// h20_spikes early|last LEDGERS: the largest heap is a spike in the middle, or the very last thing
// the program does.
#include <string.h>

#include "tests/e2e/programs/bookkeeping.h"

static void spike(ledger::Page* page, bool leave) {
  void* blocks[50];
  for (unsigned i = 0; i < 50; ++i) {
    blocks[i] = ledger::take(page->accounts[1], 100'003 + i);
    ledger::note_peak(page);
  }
  for (unsigned i = 0; i < 50 && !leave; ++i) {
    ledger::give(page->accounts[1], blocks[i], 100'003 + i);
  }
}

int main(int argc, char** argv) {
  if (argc < 3) return 99;
  const bool last = strcmp(argv[1], "last") == 0;
  ledger::Page* page = ledger::open_page(argv[2], "root");
  ledger::Worker worker(page->accounts[0], 20);
  worker.steps(3000, page);
  if (!last) spike(page, /*leave=*/false);
  worker.steps(3000, page);
  if (last) {
    spike(page, /*leave=*/true);
    _exit(0);
  }
  return 0;
}
