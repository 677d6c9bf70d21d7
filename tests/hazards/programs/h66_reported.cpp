// h66_reported: allocates by malloc and by operator new, and frees it all. Built in several ways:
// alone, with an allocator in the executable, and with libraries that bring one.
#include <stdlib.h>

void* operator new(size_t size);
void operator delete(void* block) noexcept;
void operator delete(void* block, size_t size) noexcept;

#ifdef MEMPROF_TEST_OWN_MALLOC
static char g_heap[1 << 20];
static size_t g_used;
extern "C" void* malloc(size_t size) noexcept {
  void* block = g_heap + g_used;
  g_used += (size + 15) & ~size_t{15};
  return g_used <= sizeof g_heap ? block : nullptr;
}
extern "C" void free(void*) noexcept {}
extern "C" void* calloc(size_t count, size_t size) noexcept {
  return malloc(count * size);
}
extern "C" void* realloc(void*, size_t size) noexcept {
  return malloc(size);
}
#endif

#ifdef MEMPROF_TEST_OWN_NEW
// The program's own operator new comes to malloc: nothing is missed.
void* operator new(size_t size) {
  return malloc(size);
}
void operator delete(void* block) noexcept {
  free(block);
}
void operator delete(void* block, size_t) noexcept {
  free(block);
}
#endif

// Taking the address makes a program at a fixed address have one of its own for malloc.
void* (*volatile g_malloc)(size_t) = malloc;

int main() {
  void* block = g_malloc(1009);
  free(block);
  void* object = operator new(1013);
  operator delete(object);
  return block != nullptr && object != nullptr ? 0 : 1;
}
