// child LEDGERS NAME [STEPS]: what the other programs start. It works on the heap and returns 0.
#include "tests/e2e/programs/bookkeeping.h"

int main(int argc, char** argv) {
  if (argc < 3) return 99;
  ledger::Page* page = ledger::open_page(argv[1], argv[2]);
  ledger::Worker worker(page->accounts[0], 11);
  worker.steps(argc > 3 ? static_cast<unsigned>(atoi(argv[3])) : 2000, page);
  page->finished = 1;
  return 0;
}
