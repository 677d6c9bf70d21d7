// h23_last_words MODE LEDGERS COUNT: what ending threads still allocate and free.
#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#include "tests/e2e/programs/bookkeeping.h"

extern "C" int __cxa_thread_atexit_impl(void (*function)(void*), void* argument, void* module);
extern "C" void* __dso_handle;

namespace {

ledger::Page* g_page;
pthread_key_t g_first_key;
pthread_key_t g_last_key;

/// One for each key and one for the C++ destructor; each is freed and replaced in each round.
struct Block {
  void* memory;
  size_t size;
  unsigned rounds;
  pthread_key_t* key;
};
thread_local Block t_blocks[3];

void pass_on(Block* block) {
  ledger::give(g_page->accounts[0], block->memory, block->size);
  if (++block->rounds == 4) return;
  block->memory = ledger::take(g_page->accounts[0], block->size);
  pthread_setspecific(*block->key, block);
}

void destroy(void* block) {
  pass_on(static_cast<Block*>(block));
}

void destroy_object(void* argument) {
  auto* block = static_cast<Block*>(argument);
  ledger::give(g_page->accounts[0], block->memory, block->size);
  // A destructor that makes a value for keys: their destructors run after it.
  void* fresh = ledger::take(g_page->accounts[0], 149);
  ledger::give(g_page->accounts[0], fresh, 149);
}

// Before all constructors, and before the recorder has a key of its own.
void make_first_key(int, char**, char**) {
  pthread_key_create(&g_first_key, destroy);
}

[[gnu::used, gnu::section(".preinit_array")]] void (*const g_before_all)(int, char**,
                                                                         char**) = make_first_key;

void* end_with_all(void*) {
  t_blocks[0] = {ledger::take(g_page->accounts[0], 113), 113, 0, &g_first_key};
  t_blocks[1] = {ledger::take(g_page->accounts[0], 127), 127, 0, &g_last_key};
  t_blocks[2] = {ledger::take(g_page->accounts[0], 131), 131, 0, nullptr};
  pthread_setspecific(g_first_key, &t_blocks[0]);
  pthread_setspecific(g_last_key, &t_blocks[1]);
  __cxa_thread_atexit_impl(destroy_object, &t_blocks[2], &__dso_handle);
  return nullptr;
}

// The first that the recorder hears of the thread is its end.
void* end_unheard(void*) {
  __cxa_thread_atexit_impl(
      [](void*) {
        t_blocks[0] = {ledger::take(g_page->accounts[0], 157), 157, 0, &g_first_key};
        pthread_setspecific(g_first_key, &t_blocks[0]);
      },
      nullptr, &__dso_handle);
  return nullptr;
}

// The text of the error is the thread's own; the C library frees it after all destructors.
void* fail_to_load(void*) {
  ledger::give(g_page->accounts[0], ledger::take(g_page->accounts[0], 151), 151);
  dlopen("/nonexistent/library.so", RTLD_NOW);
  return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 99;
  g_page = ledger::open_page(argv[2], "root");
  pthread_key_create(&g_last_key, destroy);
  void* (*start)(void*) = strcmp(argv[1], "all") == 0       ? end_with_all
                          : strcmp(argv[1], "unheard") == 0 ? end_unheard
                                                            : fail_to_load;
  for (int i = 0; i < atoi(argv[3]); ++i) {
    pthread_t thread;
    if (pthread_create(&thread, nullptr, start, nullptr) != 0) return 98;
    pthread_join(thread, nullptr);
  }
  return 0;
}
