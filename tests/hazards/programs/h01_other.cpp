// A library to be preloaded: it allocates in an IFUNC resolver and in a constructor, and its
// constructor has four threads allocate for the first time at once.
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

namespace {

void* g_blocks[2];
pthread_barrier_t g_barrier;

void* fresh_block() {
  void* block = malloc(1019);
  if (block != nullptr) memset(block, 'o', 1019);
  return block;
}

int answer_7() {
  return 7;
}

}  // namespace

extern "C" int (*h01_other_resolve())() {
  g_blocks[0] = fresh_block();
  return answer_7;
}
extern "C" int h01_other_answer() __attribute__((ifunc("h01_other_resolve")));

extern "C" __attribute__((noinline)) void* h06_first_calls(void*) {
  pthread_barrier_wait(&g_barrier);
  for (unsigned i = 0; i < 1000; ++i) {
    void* block = malloc(61);
    asm volatile("" : "+r"(block));
    free(block);
  }
  return nullptr;
}

__attribute__((constructor(101))) static void construct() {
  g_blocks[1] = h01_other_answer() == 7 ? fresh_block() : nullptr;
  pthread_t threads[4];
  pthread_barrier_init(&g_barrier, nullptr, 4);
  for (pthread_t& thread : threads) pthread_create(&thread, nullptr, h06_first_calls, nullptr);
  for (pthread_t& thread : threads) pthread_join(thread, nullptr);
}

extern "C" void* h01_other_block(unsigned number) {
  return g_blocks[number];
}
