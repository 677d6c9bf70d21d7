// h01_first LEDGERS: allocates in an IFUNC resolver, while the program is being relocated, and in
// a constructor. What another library has allocated before, if there is one, is used and freed.
#include <malloc.h>
#include <string.h>

#include "tests/e2e/programs/bookkeeping.h"

/// A block that the library allocated so early; its size is 1019. Null when there is no such block.
extern "C" void* h01_other_block(unsigned number) __attribute__((weak));

namespace {

char* g_resolver_block;
char* g_constructor_block;

int answer_42() {
  return 42;
}

}  // namespace

extern "C" int (*resolve_answer())() {
  g_resolver_block = static_cast<char*>(malloc(1031));
  if (g_resolver_block != nullptr) memset(g_resolver_block, 'i', 1031);
  return answer_42;
}
int answer() __attribute__((ifunc("resolve_answer")));

__attribute__((constructor(101))) static void construct() {
  g_constructor_block = static_cast<char*>(calloc(1, 1033));
}

/// Doubles the block and frees it; counts both calls.
static bool use(ledger::Account& account, char* block, size_t size, char content) {
  if (block == nullptr || malloc_usable_size(block) < size) return false;
  char* fresh = static_cast<char*>(ledger::change(account, block, size, 2 * size));
  if (fresh == nullptr) return false;
  for (size_t i = 0; i < size; ++i) {
    if (fresh[i] != content) return false;
  }
  ledger::give(account, fresh, 2 * size);
  return true;
}

int main(int argc, char** argv) {
  if (argc < 2) return 99;
  ledger::Account& account = ledger::open_page(argv[1], "root")->accounts[0];
  const size_t early_sizes[] = {1031, 1033};  // allocated before there was a ledger
  for (const size_t size : early_sizes) {
    ledger::bump(&account.allocations_begun, 1);
    ledger::bump(&account.allocations, 1);
    ledger::bump(&account.bytes_allocated, size);
  }
  if (answer() != 42) return 98;
  if (!use(account, g_resolver_block, 1031, 'i')) return 97;
  if (!use(account, g_constructor_block, 1033, '\0')) return 96;
  for (unsigned i = 0; h01_other_block != nullptr && i < 2; ++i) {
    auto* block = static_cast<char*>(h01_other_block(i));
    if (block == nullptr || malloc_usable_size(block) < 1019) return 95;
    for (unsigned at = 0; at < 1019; ++at) {
      if (block[at] != 'o') return 94;
    }
    // The old block's end is the library's; the new one is ours.
    ledger::bump(&account.allocations_begun, 1);
    block = static_cast<char*>(realloc(block, 2039));
    if (block == nullptr || block[1018] != 'o') return 93;
    ledger::bump(&account.allocations, 1);
    ledger::bump(&account.bytes_allocated, 2039);
    ledger::give(account, block, 2039);
  }
  return write(1, "used\n", 5) == 5 ? 0 : 92;
}
