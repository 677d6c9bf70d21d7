// h76_committed LEDGERS: prints how many KiB of its mappings the kernel counts as promised memory
// that must be there, and how many are huge pages.
#include <string.h>

#include "tests/e2e/programs/bookkeeping.h"

int main(int argc, char** argv) {
  if (argc < 2) return 99;
  ledger::Page* page = ledger::open_page(argv[1], "root");
  ledger::Worker worker(page->accounts[0], 1);
  worker.steps(20'000, page);

  FILE* maps = fopen("/proc/self/smaps", "r");
  if (maps == nullptr) return 98;
  static char buffer[4096];
  setvbuf(maps, buffer, _IOFBF, sizeof buffer);
  char line[4096];
  unsigned long size = 0;
  unsigned long committed = 0;
  unsigned long huge = 0;
  unsigned long value = 0;
  while (fgets(line, sizeof line, maps) != nullptr) {
    if (sscanf(line, "Size: %lu kB", &value) == 1) size = value;
    if (sscanf(line, "AnonHugePages: %lu kB", &value) == 1) huge += value;
    if (strncmp(line, "VmFlags:", 8) == 0 && strstr(line, " ac ") != nullptr) committed += size;
  }
  static char out[256];
  const int bytes = snprintf(out, sizeof out, "%lu %lu\n", committed, huge);
  return write(1, out, static_cast<size_t>(bytes)) == bytes ? 0 : 97;
}
