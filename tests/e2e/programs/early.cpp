// early LEDGERS: allocates before anything else of the program runs, and frees after nearly
// everything.
#include <malloc.h>
#include <string.h>

#include "tests/e2e/programs/bookkeeping.h"

namespace {

ledger::Page* g_page;
void* g_blocks[3];  // from .preinit_array, for free, realloc and the end

void allocate_first(int argc, char** argv, char**) {
  if (argc < 2) _exit(99);
  g_page = ledger::open_page(argv[1], "root");
  for (void*& block : g_blocks) block = ledger::take(g_page->accounts[0], 1009);
  memset(g_blocks[1], 'x', 1009);
}

__attribute__((section(".preinit_array"), used)) void (*g_preinit)(int, char**,
                                                                   char**) = allocate_first;

__attribute__((constructor(101))) void construct() {
  ledger::give(g_page->accounts[0], ledger::take(g_page->accounts[0], 1013), 1013);
}

__attribute__((destructor(101))) void destruct() {
  ledger::give(g_page->accounts[0], g_blocks[2], 1009);
}

}  // namespace

int main() {
  if (malloc_usable_size(g_blocks[0]) < 1009) return 98;
  ledger::give(g_page->accounts[0], g_blocks[0], 1009);
  char* fresh = static_cast<char*>(ledger::change(g_page->accounts[0], g_blocks[1], 1009, 5003));
  for (unsigned i = 0; i < 1009; ++i) {
    if (fresh[i] != 'x') return 97;
  }
  ledger::give(g_page->accounts[0], fresh, 5003);
  return 0;
}
