// h17_handlers own|default LEDGERS: operator new that fails: its handler, its retry, its exception
// through our frames. Built also with an operator new of its own.
#include <stdio.h>
#include <stdlib.h>

#include <new>

#include "tests/e2e/programs/bookkeeping.h"

namespace {

ledger::Account* g_account;
unsigned g_handled;
volatile size_t g_size;  // or the compiler would see a size that cannot be

void make_smaller() {
  ++g_handled;
  if (g_handled % 3 == 0) std::set_new_handler(nullptr);
}

}  // namespace

#ifdef MEMPROF_TEST_OWN_NEW
void* operator new(size_t size) {
  for (;;) {
    if (void* block = malloc(size + 16)) return block;
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc();
    handler();
  }
}
void operator delete(void* block) noexcept {
  free(block);
}
void operator delete(void* block, size_t) noexcept {
  free(block);
}
#endif

static void __attribute__((noinline)) fail() {
  g_size = SIZE_MAX / 2;
  std::set_new_handler(make_smaller);
  void* block = ledger::take(*g_account, 83);
  try {
    operator delete(operator new(g_size));
  } catch (const std::bad_alloc& error) {
    printf("%s after %u\n", error.what(), g_handled);
  }
  ledger::give(*g_account, block, 83);
  std::set_new_handler(make_smaller);
  printf("nothrow %d after %u\n", operator new(g_size, std::nothrow) != nullptr, g_handled);
}

int main(int argc, char** argv) {
  if (argc < 2) return 99;
  g_account = &ledger::open_page(argv[1], "root")->accounts[0];
  for (unsigned i = 0; i < 20; ++i) fail();
  operator delete(operator new(499));
  return 0;
}
