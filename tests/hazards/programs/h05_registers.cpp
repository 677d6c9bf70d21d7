// h05_registers LEDGERS KEYS: registers forty exit handlers, in a constructor and in main, and
// thread keys with values; all of these allocate and free. Prints what creating and setting the
// keys took from the heap and their numbers, and how many handlers ran.
#include <malloc.h>
#include <pthread.h>
#include <string.h>

#include "tests/e2e/programs/bookkeeping.h"

namespace {

constexpr unsigned kMaxKeys = 64;
constexpr unsigned kHandlers = 40;

ledger::Page* g_page;
pthread_key_t g_keys[kMaxKeys];
unsigned g_key_count;
unsigned g_handlers_run;

void at_end() {
  ledger::Account& account = g_page->accounts[0];
  ledger::give(account, ledger::take(account, 347), 347);
  ++g_handlers_run;
}

/// Registered first and so the last to run.
void at_very_end() {
  at_end();
  char text[64];
  const int bytes = snprintf(text, sizeof text, "handlers %u\n", g_handlers_run);
  if (write(1, text, static_cast<size_t>(bytes)) != bytes) _exit(90);
}

__attribute__((constructor(101))) void construct() {
  if (atexit(at_very_end) != 0) _exit(91);
  for (unsigned i = 1; i < kHandlers / 2; ++i) {
    if (atexit(at_end) != 0) _exit(91);
  }
}

void destroy(void* block) {
  ledger::give(g_page->accounts[1], block, 349);
}

void* set_all(void* unused) {
  for (unsigned i = 0; i < g_key_count; ++i) {
    pthread_setspecific(g_keys[i], ledger::take(g_page->accounts[1], 349));
  }
  return unused;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 99;
  g_page = ledger::open_page(argv[1], "root");
  g_key_count = static_cast<unsigned>(atoi(argv[2]));
  if (g_key_count > kMaxKeys) return 98;
  for (unsigned i = kHandlers / 2; i < kHandlers; ++i) {
    if (atexit(at_end) != 0) return 97;
  }
  // From here on the heap is there.
  ledger::give(g_page->accounts[0], ledger::take(g_page->accounts[0], 1), 1);
  const size_t before = mallinfo2().uordblks;
  for (unsigned i = 0; i < g_key_count; ++i) {
    if (pthread_key_create(&g_keys[i], destroy) != 0) return 96;
    pthread_setspecific(g_keys[i], argv);
  }
  const size_t after = mallinfo2().uordblks;
  for (unsigned i = 0; i < g_key_count; ++i) {
    if (pthread_getspecific(g_keys[i]) != argv) return 95;
    pthread_setspecific(g_keys[i], nullptr);
  }
  pthread_t thread;
  if (pthread_create(&thread, nullptr, set_all, nullptr) != 0) return 94;
  pthread_join(thread, nullptr);
  char text[64];
  const unsigned last = g_key_count < 32 ? g_keys[g_key_count - 1] : 0;
  const int bytes = snprintf(text, sizeof text, "keys %u bytes %zu first %u last %u\n", g_key_count,
                             after - before, g_keys[0], last);
  return write(1, text, static_cast<size_t>(bytes)) == bytes ? 0 : 93;
}
