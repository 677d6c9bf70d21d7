// h77_names stay|gone|replaced LEDGERS PROGRAM OTHER: becomes PROGRAM (a copy of this one) with an
// empty name; that one works, after it has removed its own file, or put OTHER in its place.
#include <string.h>

#include "tests/e2e/programs/bookkeeping.h"

__attribute__((noinline)) void h77_work(ledger::Worker& worker) {
  worker.steps(500);
  asm volatile("" : : : "memory");
}

int main(int argc, char** argv) {
  if (argc < 5) return 99;
  if (argv[0][0] != '\0') {
    char nothing[] = "";
    char* const arguments[] = {nothing, argv[1], argv[2], argv[3], argv[4], nullptr};
    execv(argv[3], arguments);
    return 98;
  }
  const bool replaced = strcmp(argv[1], "replaced") == 0;
  if (strcmp(argv[1], "gone") == 0 && unlink(argv[3]) != 0) return 97;
  if (replaced && rename(argv[4], argv[3]) != 0) return 96;
  ledger::Page* page = ledger::open_page(argv[2], "root");
  ledger::Worker worker(page->accounts[0], 77);
  h77_work(worker);
  return 0;
}
