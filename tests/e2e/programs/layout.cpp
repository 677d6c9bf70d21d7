// layout: prints how blocks lie to each other and where the heap ends. With the address space not
// randomized the output must be the same whether or not somebody listens.
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

namespace {

uintptr_t g_last;

void say(const char* what, void* block) {
  // No stdio stream: its buffer would come from the heap that is looked at.
  char line[128];
  const uintptr_t at = reinterpret_cast<uintptr_t>(block);
  const int bytes =
      snprintf(line, sizeof line, "%s %td\n", what, static_cast<ptrdiff_t>(at - g_last));
  g_last = at;
  if (write(1, line, static_cast<size_t>(bytes)) != bytes) _exit(99);
}

void* g_blocks[100];

void nothing() {}

/// As many exit handlers as the C library has room for without allocating, a few more, and as many
/// thread-specific values as it can keep in a thread's own descriptor beside one other.
void register_things() {
  for (unsigned i = 0; i < 40; ++i) {
    atexit(nothing);
    say("exit handler", malloc(24));
  }
  for (unsigned i = 0; i < 31; ++i) {
    pthread_key_t key;
    pthread_key_create(&key, nullptr);
    pthread_setspecific(key, g_blocks);
    say("key", malloc(24));
  }
}

}  // namespace

int main() {
  const uintptr_t first = reinterpret_cast<uintptr_t>(sbrk(0));
  g_last = first;
  say("first", malloc(1));
  say("brk", sbrk(0));
  g_last = first;
  uint64_t state = 1;
  for (unsigned i = 0; i < 3000; ++i) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    void*& slot = g_blocks[(state >> 33) % 100];
    const size_t size = (state >> 40) % 3000;
    switch ((state >> 60) % 4) {
      case 0:
        free(slot);
        slot = malloc(size);
        break;
      case 1:
        slot = realloc(slot, size + 1);
        break;
      case 2:
        free(slot);
        slot = memalign(64, size);
        break;
      default:
        free(slot);
        slot = calloc(3, size);
    }
    if (slot != nullptr) memset(slot, 0xa5, malloc_usable_size(slot));
    say("block", slot);
  }
  register_things();
  g_last = first;
  say("brk", sbrk(0));
  struct mallinfo2 info = mallinfo2();
  char line[256];
  const int bytes =
      snprintf(line, sizeof line, "arena %zu chunks %zu mapped %zu used %zu top %zu\n", info.arena,
               info.ordblks, info.hblks, info.uordblks, info.keepcost);
  return write(1, line, static_cast<size_t>(bytes)) == bytes ? 0 : 99;
}
