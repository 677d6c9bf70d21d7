// h57_lowered LEDGERS: lowers its file size limit, then fails to start another program, and works
// on.
#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "tests/e2e/programs/bookkeeping.h"

int main(int argc, char** argv) {
  if (argc < 2) return 99;
  ledger::Page* page = ledger::open_page(argv[1], "root");
  ledger::Worker worker(page->accounts[0], 57);
  worker.steps(1000);
  const rlim_t limits[] = {5'000'000, 1'000'000, 4096, 0};
  for (const rlim_t bytes : limits) {
    const rlimit limit{bytes, RLIM_INFINITY};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 98;
    char* const arguments[] = {argv[0], nullptr};
    errno = 0;
    execv("/nonexistent/program", arguments);
    if (errno != ENOENT) return 97;
    worker.steps(1000);
  }
  return write(1, "alive\n", 6) == 6 ? 0 : 96;
}
