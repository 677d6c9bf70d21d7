// A library that allocates three blocks when it is loaded, one of them in a thread, and frees them
// when it is unloaded.
#include <pthread.h>
#include <stdlib.h>

namespace {

void* g_blocks[3];

void* in_thread(void*) {
  g_blocks[2] = malloc(457);
  return nullptr;
}

__attribute__((constructor)) void load() {
  g_blocks[0] = malloc(449);
  pthread_t thread;
  if (pthread_create(&thread, nullptr, in_thread, nullptr) == 0) pthread_join(thread, nullptr);
  g_blocks[1] = malloc(461);
}

__attribute__((destructor)) void unload() {
  for (void* block : g_blocks) free(block);
}

}  // namespace
