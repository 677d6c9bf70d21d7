// marks LEDGERS: marks and phases, with heaps that are known at each of them. Prints whether it is
// recorded.
#include <pthread.h>
#include <stdio.h>

#include "preload/include/memprof.h"
#include "tests/e2e/programs/bookkeeping.h"

namespace {

ledger::Page* g_page;

void* allocate_elsewhere(void*) {
  void* block = ledger::take(g_page->accounts[1], 30011);
  memprof_phase_begin("inner");
  ledger::give(g_page->accounts[1], block, 30011);
  memprof_phase_end("inner");
  return nullptr;
}

void run_thread() {
  pthread_t thread;
  pthread_create(&thread, nullptr, allocate_elsewhere, nullptr);
  pthread_join(thread, nullptr);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 99;
  g_page = ledger::open_page(argv[1], "root");
  ledger::Account& account = g_page->accounts[0];
  int evaluated = 0;
  void* first = ledger::take(account, 1009);
  memprof_mark((++evaluated, "first mark"));
  {
    memprof::Phase phase("outer");
    void* spike = ledger::take(account, 500009);
    ledger::give(account, spike, 500009);
    run_thread();
    ledger::take(account, 2003);
  }
  for (int i = 0; i < 2; ++i) {
    memprof_phase_begin("again");
    ledger::take(account, 101);
    memprof_phase_end("again");
  }
  memprof_phase_end("never begun");
  memprof_phase_begin("never ended");
  ledger::give(account, first, 1009);
  memprof_mark("last mark");
  char line[64];
  const int bytes =
      snprintf(line, sizeof line, "recording %d evaluated %d\n", memprof_is_recording(), evaluated);
  return write(1, line, static_cast<size_t>(bytes)) == bytes ? 0 : 99;
}
