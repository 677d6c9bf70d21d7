// h15_introspection: works on the heap and prints all that the C library can say about it.
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

static void say(const char* when) {
  const struct mallinfo2 info = mallinfo2();
  printf("%s: %zu %zu %zu %zu %zu %zu %zu %zu %zu %zu\n", when, info.arena, info.ordblks,
         info.smblks, info.hblks, info.hblkhd, info.usmblks, info.fsmblks, info.uordblks,
         info.fordblks, info.keepcost);
  malloc_info(0, stdout);
  malloc_stats();
}

int main() {
  setvbuf(stdout, nullptr, _IONBF, 0);
  say("start");
  printf("mallopt %d %d\n", mallopt(M_MMAP_THRESHOLD, 256 * 1024), mallopt(M_ARENA_MAX, 1));
  void* blocks[1000];
  for (unsigned i = 0; i < 1000; ++i) blocks[i] = malloc(i * 37 % 3001);
  void* large = malloc(1 << 20);
  say("allocated");
  for (unsigned i = 0; i < 1000; i += 2) {
    printf("%zu ", malloc_usable_size(blocks[i]));
    free(blocks[i]);
  }
  say("half freed");
  for (unsigned i = 1; i < 1000; i += 2) free(blocks[i]);
  free(large);
  printf("trim %d\n", malloc_trim(0));
  say("freed");
  return 0;
}
