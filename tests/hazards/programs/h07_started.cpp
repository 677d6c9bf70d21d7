// h07_started LEDGERS: calls the heap directly, through pointers, and copies what a library
// defines. Linked in several ways.
#include <stdio.h>

#include "tests/e2e/programs/bookkeeping.h"

// In programs at a fixed address these are copies.
extern "C" char** environ;

static void* (*volatile g_malloc)(size_t) = malloc;
static void (*volatile g_free)(void*) = free;

int main(int argc, char** argv) {
  if (argc < 2) return 99;
  ledger::Account& account = ledger::open_page(argv[1], "root")->accounts[0];
  ledger::Worker worker(account, 7);
  worker.steps(2000);
  for (unsigned i = 0; i < 100; ++i) {
    ledger::bump(&account.allocations_begun, 1);
    void* block = g_malloc(211);
    ledger::bump(&account.allocations, 1);
    ledger::bump(&account.bytes_allocated, 211);
    ledger::bump(&account.frees_begun, 1);
    g_free(block);
    ledger::bump(&account.frees, 1);
    ledger::bump(&account.bytes_freed, 211);
  }
  return environ != nullptr && stdout != nullptr ? 0 : 98;
}
