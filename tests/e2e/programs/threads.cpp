// threads MODE LEDGERS COUNT: heaps that several threads share.
#include <limits.h>
#include <pthread.h>
#include <string.h>

#include "tests/e2e/programs/bookkeeping.h"

namespace {

constexpr unsigned kMaxThreads = 32;
constexpr unsigned kBlocksEach = 500;

ledger::Page* g_page;
unsigned g_threads;
pthread_barrier_t g_barrier;
void* g_blocks[kMaxThreads][kBlocksEach];

size_t size_of(unsigned thread, unsigned block) {
  return 17 + thread * 13 + block % 101;
}

void allocate_share(unsigned thread) {
  for (unsigned i = 0; i < kBlocksEach; ++i) {
    g_blocks[thread][i] = ledger::take(g_page->accounts[thread], size_of(thread, i));
  }
}

void free_share(unsigned of_thread, ledger::Account& account, unsigned step) {
  for (unsigned i = 0; i < kBlocksEach; i += step) {
    ledger::give(account, g_blocks[of_thread][i], size_of(of_thread, i));
  }
}

// All allocate, then all free another's blocks: the peak is known although the threads race.
void* hand_over(void* argument) {
  const unsigned thread = static_cast<unsigned>(reinterpret_cast<uintptr_t>(argument));
  for (unsigned round = 0; round < 4; ++round) {
    pthread_barrier_wait(&g_barrier);
    allocate_share(thread);
    pthread_barrier_wait(&g_barrier);
    free_share((thread + 1) % g_threads, g_page->accounts[thread], 1);
  }
  pthread_barrier_wait(&g_barrier);
  allocate_share(thread);
  pthread_barrier_wait(&g_barrier);
  // Half of them live to the end.
  free_share((thread + 1) % g_threads, g_page->accounts[thread], 2);
  return nullptr;
}

void* work(void* argument) {
  const unsigned thread = static_cast<unsigned>(reinterpret_cast<uintptr_t>(argument));
  ledger::Worker worker(g_page->accounts[thread], thread);
  worker.steps(20000);
  return nullptr;
}

// Blocks that move while other threads wait for their places. The number of blocks in a round
// varies, so that a move is now and then the first thing in a chunk of the trace.
void* resize(void* argument) {
  const unsigned thread = static_cast<unsigned>(reinterpret_cast<uintptr_t>(argument));
  ledger::Account& account = g_page->accounts[thread];
  for (unsigned i = 0; i < 30'000; ++i) {
    constexpr unsigned kMaxBlocks = 4;
    void* blocks[kMaxBlocks];
    const unsigned count = 2 + i * i % 3;
    for (unsigned k = 0; k < count; ++k) blocks[k] = ledger::take(account, 41);
    blocks[0] = ledger::change(account, blocks[0], 41, 2003);
    ledger::give(account, blocks[0], 2003);
    for (unsigned k = 1; k < count; ++k) ledger::give(account, blocks[k], 41);
  }
  return nullptr;
}

void run_together(void* (*start)(void*)) {
  pthread_t threads[kMaxThreads];
  pthread_barrier_init(&g_barrier, nullptr, g_threads);
  for (unsigned i = 0; i < g_threads; ++i) {
    pthread_create(&threads[i], nullptr, start, reinterpret_cast<void*>(uintptr_t{i}));
  }
  for (unsigned i = 0; i < g_threads; ++i) pthread_join(threads[i], nullptr);
}

// --- what threads do while they end

pthread_key_t g_key;
pthread_key_t g_late_key;

/// One block that its thread's destructors pass on, freeing and allocating, for as many rounds as
/// there are.
struct LastWords {
  void* block;
  unsigned rounds;
};
thread_local LastWords t_words;

void destroy(void* value) {
  auto* words = static_cast<LastWords*>(value);
  ledger::give(g_page->accounts[0], words->block, 211);
  words->block = nullptr;
  if (++words->rounds < 4) {
    words->block = ledger::take(g_page->accounts[0], 211);
    pthread_setspecific(g_key, words);
  }
}

void destroy_late(void* block) {
  ledger::give(g_page->accounts[0], block, 307);
}

void* end_with_destructors(void*) {
  t_words = {ledger::take(g_page->accounts[0], 211), 0};
  pthread_setspecific(g_key, &t_words);
  pthread_setspecific(g_late_key, ledger::take(g_page->accounts[0], 307));
  return nullptr;
}

void* work_on_small_stack(void*) {
  ledger::Worker worker(g_page->accounts[0], 3);
  worker.steps(500);
  return nullptr;
}

void one_after_the_other(unsigned count, void* (*start)(void*),
                         const pthread_attr_t* attributes = nullptr) {
  for (unsigned i = 0; i < count; ++i) {
    pthread_t thread;
    pthread_create(&thread, attributes, start, nullptr);
    pthread_join(thread, nullptr);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 99;
  g_page = ledger::open_page(argv[2], "root");
  g_threads = static_cast<unsigned>(atoi(argv[3]));
  if (strcmp(argv[1], "hand_over") == 0) {
    run_together(hand_over);
  } else if (strcmp(argv[1], "work") == 0) {
    run_together(work);
  } else if (strcmp(argv[1], "resize") == 0) {
    run_together(resize);
  } else if (strcmp(argv[1], "destructors") == 0) {
    pthread_key_create(&g_key, destroy);
    pthread_key_create(&g_late_key, destroy_late);
    one_after_the_other(g_threads, end_with_destructors);
  } else if (strcmp(argv[1], "small_stacks") == 0) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    if (pthread_attr_setstacksize(&attributes, static_cast<size_t>(PTHREAD_STACK_MIN)) != 0)
      return 97;
    one_after_the_other(g_threads, work_on_small_stack, &attributes);
  } else {
    return 98;
  }
  return 0;
}
