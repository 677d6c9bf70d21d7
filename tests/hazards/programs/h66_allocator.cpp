// A library with an operator new that does not come to the malloc others see: the way of
// libjemalloc and libtcmalloc.
#include <stddef.h>

static char g_heap[1 << 20];
static size_t g_used;

static void* take(size_t size) {
  void* block = g_heap + g_used;
  g_used += (size + 15) & ~size_t{15};
  return g_used <= sizeof g_heap ? block : nullptr;
}

extern "C" bool h66_is_mine(const void* block) {
  const auto* at = static_cast<const char*>(block);
  return at >= g_heap && at < g_heap + sizeof g_heap;
}
extern "C" void* malloc(size_t size) noexcept {
  return take(size);
}
extern "C" void free(void*) noexcept {}
extern "C" void* calloc(size_t count, size_t size) noexcept {
  return take(count * size);
}
extern "C" void* realloc(void*, size_t size) noexcept {
  return take(size);
}
void* operator new(size_t size) {
  return take(size);
}
void operator delete(void*) noexcept {}
void operator delete(void*, size_t) noexcept {}
