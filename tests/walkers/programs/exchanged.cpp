// exchanged ROUNDS LIBRARY LIBRARY: a thread allocates through the libraries by turns, with the
// same stack, while the main thread unloads the one and loads the other. The thread does nothing
// else, so its last walk is always one through the library that has just gone. Prints in how many
// rounds a library took the other's place.
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

namespace {

using Through = void (*)(void (*)());

sem_t g_begin;
sem_t g_done;
Through g_through;  // nullptr: the thread is to end

void allocate() {
  void* volatile block = malloc(1009);
  free(block);
}

void* worker(void*) {
  for (;;) {
    sem_wait(&g_begin);
    if (g_through == nullptr) return nullptr;
    g_through(allocate);
    sem_post(&g_done);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 99;
  sem_init(&g_begin, 0, 0);
  sem_init(&g_done, 0, 0);
  pthread_t thread;
  if (pthread_create(&thread, nullptr, worker, nullptr) != 0) return 98;
  int same = 0;
  Through last = nullptr;
  const int rounds = atoi(argv[1]);
  for (int round = 0; round < rounds; ++round) {
    void* library = dlopen(argv[2 + round % 2], RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return 97;
    g_through = reinterpret_cast<Through>(dlsym(library, "exchanged_through"));
    if (g_through == nullptr) return 96;
    if (g_through == last) ++same;
    last = g_through;
    sem_post(&g_begin);
    sem_wait(&g_done);
    if (dlclose(library) != 0) return 95;
  }
  g_through = nullptr;
  sem_post(&g_begin);
  pthread_join(thread, nullptr);
  printf("%d\n", same);
  return 0;
}
