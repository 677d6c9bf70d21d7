// h56_limited MODE LEDGERS CHILD: works under limits that it sets itself.
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "tests/e2e/programs/bookkeeping.h"

namespace {

bool limit(__rlimit_resource_t what, rlim_t value) {
  const rlimit limits{value, value};
  return setrlimit(what, &limits) == 0;
}

/// Takes all mappings that a process may have, but for a few.
void use_up_mappings(unsigned spare) {
  static void* pages[100'000];
  unsigned count = 0;
  // Alternating protection keeps neighbours apart.
  while (count < 100'000) {
    void* page = mmap(nullptr, 4096, count % 2 == 0 ? PROT_READ : PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) break;
    pages[count++] = page;
  }
  for (unsigned i = 0; i < spare && count > 0; ++i) munmap(pages[--count], 4096);
}

void* work(void* account) {
  ledger::Worker worker(*static_cast<ledger::Account*>(account), 56);
  worker.steps(20'000);
  return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 99;
  const auto is = [&](const char* name) { return strcmp(argv[1], name) == 0; };
  ledger::Page* page = ledger::open_page(argv[2], "root");
  ledger::Worker worker(page->accounts[0], 56);
  worker.steps(100);
  bool good = true;
  if (is("descriptors")) good = limit(RLIMIT_NOFILE, 3);
  if (is("data")) good = limit(RLIMIT_DATA, 64 << 20);
  if (is("stack")) good = limit(RLIMIT_STACK, 256 << 10);
  if (is("locked"))
    good = limit(RLIMIT_MEMLOCK, 512 << 20) && mlockall(MCL_CURRENT | MCL_FUTURE) == 0;
  if (is("processes")) good = limit(RLIMIT_NPROC, 1);
  if (is("mappings")) use_up_mappings(20);
  if (!good) return 77;
  worker.steps(60'000);
  if (is("mappings")) {
    errno = 12345;
    void* block = ledger::take(page->accounts[0], 100);
    const bool kept = errno == 12345;
    ledger::give(page->accounts[0], block, 100);
    if (!kept || errno != 12345) return 96;
    return 0;
  }
  pthread_t thread;
  if (pthread_create(&thread, nullptr, work, &page->accounts[1]) == 0) {
    pthread_join(thread, nullptr);
  }
  const pid_t pid = fork();
  if (pid == 0) {
    char name[] = "child";
    char* const arguments[] = {argv[3], argv[2], name, nullptr};
    // With three descriptors no program can be loaded, ours or anybody's.
    if (!is("descriptors")) execv(argv[3], arguments);
    _exit(5);
  }
  int status = 0;
  if (pid > 0) waitpid(pid, &status, 0);
  char text[64];
  const int bytes = snprintf(text, sizeof text, "fork %d status %d\n", pid > 0, status);
  return write(1, text, static_cast<size_t>(bytes)) == bytes ? 0 : 97;
}
