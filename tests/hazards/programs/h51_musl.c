// h51_musl MODE [PROGRAM]: a program of another C library. It prints how many blocks it made and
// freed, and their bytes.
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned long g_made, g_freed, g_bytes;

static void* take(void* block, size_t bytes) {
  if (block == NULL) return NULL;
  ++g_made;
  g_bytes += bytes;
  return block;
}

static void give(void* block) {
  ++g_freed;
  free(block);
}

static void* work(void* unused) {
  (void)unused;
  void* blocks[61];
  for (size_t round = 0; round < 50; ++round) {
    for (size_t i = 0; i < 61; ++i) blocks[i] = take(malloc(i + 1009), i + 1009);
    for (size_t i = 0; i < 61; i += 2) give(blocks[i]);
    for (size_t i = 1; i < 61; i += 2) {
      blocks[i] = take(realloc(blocks[i], i + 2003), i + 2003);
      ++g_freed;
      give(blocks[i]);
    }
  }
  return NULL;
}

int main(int argc, char** argv) {
  if (argc < 2) return 99;
  // Bytes of stdout's own would not be in the count; musl's stdio has its buffer in the image.
  work(NULL);
  void* kept = take(calloc(7, 11), 77);
  void* aligned = take(aligned_alloc(64, 1024), 1024);
  memset(aligned, 1, 1024);
  give(aligned);
  void* page = NULL;
  if (posix_memalign(&page, 4096, 5003) != 0) return 97;
  give(take(page, 5003));
  give(take(memalign(32, 5009), 5009));
  // What was used before comes back as zeros; what never was is not touched.
  char* dirty = take(malloc(100003), 100003);
  memset(dirty, 1, 100003);
  give(dirty);
  char* zeros = take(calloc(1, 100003), 100003);
  for (size_t i = 0; i < 100003; ++i)
    if (zeros[i] != 0) return 96;
  give(zeros);
  if (strcmp(argv[1], "fork") == 0) {
    const pid_t pid = fork();
    if (pid == 0) {
      work(NULL);
      _exit(kept != NULL ? 5 : 6);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    printf("child %d\n", WEXITSTATUS(status));
  }
  printf("%lu %lu %lu\n", g_made, g_freed, g_bytes);
  fflush(stdout);
  if (strcmp(argv[1], "exec") == 0) {
    char* arguments[] = {argv[2], argv[3], argv[4], NULL};
    char* environment[] = {"HOME=/", NULL};
    execve(argv[2], arguments, environment);
    return 98;
  }
  return 3;
}
