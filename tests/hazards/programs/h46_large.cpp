// h46_large MODE LEDGERS: eight threads fill the heap. "memory" adds what the process has in
// private memory to LEDGERS/memory; "limit" goes on to the end of its address space and is killed
// there.
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "tests/e2e/programs/bookkeeping.h"

namespace {

constexpr unsigned kThreads = 8;
constexpr unsigned kSteps = 40'000;

void* work(void* account) {
  ledger::Worker worker(*static_cast<ledger::Account*>(account), 46);
  worker.steps(kSteps);
  return nullptr;
}

/// Kilobytes of a line of /proc/self/smaps_rollup.
unsigned long kilobytes(const char* text, const char* name) {
  const char* line = strstr(text, name);
  return line == nullptr ? 0 : strtoul(line + strlen(name), nullptr, 10);
}

bool note_memory(const char* directory) {
  static char text[8192];
  FILE* file = fopen("/proc/self/smaps_rollup", "r");
  if (file == nullptr) return false;
  const size_t bytes = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[bytes] = '\0';
  char path[4096];
  snprintf(path, sizeof path, "%s/memory", directory);
  file = fopen(path, "a");
  if (file == nullptr) return false;
  fprintf(file, "%lu\n", kilobytes(text, "\nAnonymous:"));
  return fclose(file) == 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 99;
  ledger::Page* page = ledger::open_page(argv[2], "root");
  if (strcmp(argv[1], "limit") == 0) {
    const rlimit limit{256 << 20, 256 << 20};
    if (setrlimit(RLIMIT_AS, &limit) != 0) return 98;
    ledger::Account& account = page->accounts[0];
    for (;;) {
      ledger::bump(&account.allocations_begun, 1);
      void* block = malloc(10'007);
      if (block == nullptr) break;
      ledger::bump(&account.bytes_allocated, 10'007);
      ledger::bump(&account.allocations, 1);
    }
    raise(SIGKILL);
  }
  for (unsigned round = 0; round < 4; ++round) {
    pthread_t threads[kThreads];
    for (unsigned i = 0; i < kThreads; ++i) {
      ledger::Account* account = &page->accounts[round * kThreads + i];
      if (pthread_create(&threads[i], nullptr, work, account) != 0) return 97;
    }
    for (pthread_t thread : threads) pthread_join(thread, nullptr);
  }
  return note_memory(argv[2]) ? 0 : 96;
}
