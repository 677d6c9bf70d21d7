// h27_cancel MODE LEDGERS: threads that are cancelled while they allocate. Prints how each ended.
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "tests/e2e/programs/bookkeeping.h"

namespace {

ledger::Page* g_page;
volatile unsigned g_ready = 0;
volatile unsigned g_past = 0;

struct Held {
  ledger::Account* account;
  void* block;
};

void clean_up(void* argument) {
  auto* held = static_cast<Held*>(argument);
  ledger::give(*held->account, held->block, 499);
}

__attribute__((noinline)) void steps(ledger::Account& account, unsigned count) {
  for (unsigned i = 0; i < count; ++i) {
    void* block = ledger::take(account, 53 + i % 31);
    block = ledger::change(account, block, 53 + i % 31, 307);
    ledger::give(account, block, 307);
  }
}

void* loop(void* argument) {
  auto& account = *static_cast<ledger::Account*>(argument);
  Held held{&account, ledger::take(account, 499)};
  pthread_cleanup_push(clean_up, &held);
  for (;;) {
    steps(account, 100);
    g_ready = 1;
    pthread_testcancel();
  }
  pthread_cleanup_pop(1);
  return nullptr;
}

// With the cancellation waiting, enough calls for the trace to grow: no one of them may obey it.
void* go_on_when_cancelled(void* argument) {
  auto& account = *static_cast<ledger::Account*>(argument);
  pthread_cancel(pthread_self());
  steps(account, 30'000);
  g_past = g_past + 1;
  pthread_testcancel();
  g_past = g_past + 1000;
  return nullptr;
}

// Cancelled at any instruction, but not inside the allocator, which the standard does not allow.
void* compute(void* argument) {
  auto& account = *static_cast<ledger::Account*>(argument);
  Held held{&account, ledger::take(account, 499)};
  pthread_cleanup_push(clean_up, &held);
  steps(account, 100);
  pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, nullptr);
  g_ready = 1;
  for (;;) asm volatile("" : : : "memory");
  pthread_cleanup_pop(1);
  return nullptr;
}

unsigned run(void* (*start)(void*), bool cancel) {
  unsigned cancelled = 0;
  for (unsigned i = 0; i < 40; ++i) {
    g_ready = 0;
    pthread_t thread;
    pthread_create(&thread, nullptr, start, &g_page->accounts[i]);
    if (cancel) {
      while (g_ready == 0) sched_yield();
      pthread_cancel(thread);
    }
    void* result = nullptr;
    pthread_join(thread, &result);
    cancelled += result == PTHREAD_CANCELED;
    if (start == go_on_when_cancelled && i == 7) break;
  }
  return cancelled;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 99;
  g_page = ledger::open_page(argv[2], "root");
  unsigned cancelled = 0;
  if (strcmp(argv[1], "deferred") == 0) {
    cancelled = run(loop, true);
  } else if (strcmp(argv[1], "pending") == 0) {
    cancelled = run(go_on_when_cancelled, false);
  } else if (strcmp(argv[1], "asynchronous") == 0) {
    cancelled = run(compute, true);
  } else {
    return 98;
  }
  char text[64];
  const int bytes = snprintf(text, sizeof text, "cancelled %u past %u\n", cancelled, g_past);
  return write(1, text, static_cast<size_t>(bytes)) == bytes ? 0 : 97;
}
