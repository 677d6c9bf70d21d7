// h42_symlink TRACES VICTIM LEDGERS: puts a link to VICTIM in the place of each trace file, works
// until the trace has grown, fails to exec, and ends.
#include <dirent.h>
#include <string.h>

#include "tests/e2e/programs/bookkeeping.h"

int main(int argc, char** argv) {
  if (argc < 4) return 99;
  ledger::Page* page = ledger::open_page(argv[3], "root");
  ledger::Worker worker(page->accounts[0], 42);
  worker.steps(1000);
  DIR* directory = opendir(argv[1]);
  if (directory == nullptr) return 98;
  while (const dirent* entry = readdir(directory)) {
    if (strstr(entry->d_name, ".mtrace") == nullptr) continue;
    char from[4096];
    char to[4096];
    snprintf(from, sizeof from, "%s/%s", argv[1], entry->d_name);
    snprintf(to, sizeof to, "%s.moved", from);
    if (rename(from, to) != 0 || symlink(argv[2], from) != 0) return 97;
  }
  closedir(directory);
  worker.steps(100'000);
  char* const arguments[] = {argv[0], nullptr};
  execv("/nonexistent/program", arguments);
  worker.steps(1000);
  return 0;
}
