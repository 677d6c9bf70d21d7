// relatives GENERATIONS [thread]: allocates, forks, and allocates again with the very same stack,
// in the parent and in the child; in the main thread or in one of two others. The child goes on in
// the same way.
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

__attribute__((noinline)) void allocate() {
  void* volatile block = malloc(1009);
  free(block);
}

__attribute__((noinline)) void beget(int generations) {
  pid_t child = -1;
  for (int round = 0; round < 3; ++round) {
    allocate();
    if (generations > 0 && child != 0 && round < 2) {
      // What the child knows nothing of: locations that get their numbers in the parent alone.
      child = fork();
      if (child == -1) _exit(97);
      if (child == 0) {
        --generations;
        round = -1;
        child = -1;
        continue;
      }
      int status = 0;
      if (waitpid(child, &status, 0) != child || status != 0) _exit(96);
    }
  }
}

int g_generations;

void* beget_here(void*) {
  beget(g_generations);
  return nullptr;
}

/// The stack of the second is the first's.
void beget_in_threads() {
  for (int i = 0; i < 2; ++i) {
    pthread_t thread;
    if (pthread_create(&thread, nullptr, beget_here, nullptr) != 0) _exit(95);
    pthread_join(thread, nullptr);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 99;
  g_generations = atoi(argv[1]);
  if (argc > 2 && strcmp(argv[2], "thread") == 0) {
    beget_in_threads();
  } else {
    beget(g_generations);
  }
  return 0;
}
