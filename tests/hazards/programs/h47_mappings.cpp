// h47_mappings LEDGERS: says which mappings of trace files would be part of a core dump, how much
// private memory the recorder has dirtied, and ends by a fault.
#include <stdio.h>
#include <string.h>

#include "tests/e2e/programs/bookkeeping.h"

int main(int argc, char** argv) {
  if (argc < 2) return 99;
  ledger::Page* page = ledger::open_page(argv[1], "root");
  ledger::Worker worker(page->accounts[0], 47);
  worker.steps(200'000);
  FILE* maps = fopen("/proc/self/smaps", "r");
  if (maps == nullptr) return 98;
  char line[4096];
  bool trace = false;
  unsigned dumped = 0;
  while (fgets(line, sizeof line, maps) != nullptr) {
    if (strstr(line, ".mtrace") != nullptr) {
      trace = true;
    } else if (strncmp(line, "VmFlags:", 8) == 0) {
      dumped += trace && strstr(line, " dd") == nullptr;
      trace = false;
    }
  }
  fclose(maps);
  printf("%u trace mappings in a core dump\n", dumped);
  fflush(stdout);
  volatile int* nowhere = nullptr;
  *nowhere = 1;
  return 97;
}
