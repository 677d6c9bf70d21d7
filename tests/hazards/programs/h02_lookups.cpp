// h02_lookups LEDGERS: looks up names that are not there, which allocates the error's text, in a
// constructor, in main and in threads.
#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#include "tests/e2e/programs/bookkeeping.h"

namespace {

char g_first_error[256];

/// The C library allocates the message, and frees it at the next error.
bool fails(unsigned number, char* error, size_t room) {
  char name[64];
  snprintf(name, sizeof name, "no_such_function_%u", number);
  if (dlsym(RTLD_DEFAULT, name) != nullptr) return false;
  snprintf(error, room, "%s", dlerror());
  if (dlvsym(RTLD_NEXT, "malloc", "NO_SUCH_VERSION_1.0") != nullptr) return false;
  return dlerror() != nullptr;
}

void* look_up(void* argument) {
  auto& account = *static_cast<ledger::Account*>(argument);
  ledger::Worker worker(account, 2);
  char error[256];
  uintptr_t good = 1;
  for (unsigned i = 0; i < 50; ++i) {
    good &= fails(i, error, sizeof error);
    worker.steps(20);
  }
  return reinterpret_cast<void*>(good);
}

__attribute__((constructor)) void construct() {
  fails(1000, g_first_error, sizeof g_first_error);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 99;
  ledger::Page* page = ledger::open_page(argv[1], "root");
  if (look_up(&page->accounts[0]) == nullptr) return 98;
  pthread_t threads[4];
  for (unsigned i = 0; i < 4; ++i) {
    pthread_create(&threads[i], nullptr, look_up, &page->accounts[1 + i]);
  }
  for (pthread_t thread : threads) {
    void* good = nullptr;
    pthread_join(thread, &good);
    if (good == nullptr) return 97;
  }
  return write(1, g_first_error, strlen(g_first_error)) > 0 ? 0 : 96;
}
