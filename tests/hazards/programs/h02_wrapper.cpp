// A library to be preloaded: wraps the heap as such libraries do, looking the real functions up
// when first called, after some that are not there.
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

namespace {

char g_early[16384];  // for what dlsym itself allocates
size_t g_early_used;
bool g_looking;

void* (*g_malloc)(size_t);
void* (*g_calloc)(size_t, size_t);
void* (*g_realloc)(void*, size_t);
void (*g_free)(void*);

void* early(size_t size) {
  void* block = g_early + g_early_used;
  g_early_used += (size + 16) & ~size_t{15};
  return g_early_used <= sizeof g_early ? block : nullptr;
}

bool is_early(const void* block) {
  const auto* at = static_cast<const char*>(block);
  return at >= g_early && at < g_early + sizeof g_early;
}

template <typename Function>
void find(Function* function, const char* name) {
  *function = reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

bool found() {
  if (g_free != nullptr) return true;
  if (g_looking) return false;
  g_looking = true;
  dlsym(RTLD_NEXT, "a_function_of_another_allocator");
  dlerror();
  find(&g_malloc, "malloc");
  find(&g_calloc, "calloc");
  find(&g_realloc, "realloc");
  find(&g_free, "free");
  g_looking = false;
  return g_free != nullptr;
}

}  // namespace

extern "C" void* malloc(size_t size) noexcept {
  return found() ? g_malloc(size) : early(size);
}
extern "C" void* calloc(size_t count, size_t size) noexcept {
  return found() ? g_calloc(count, size) : early(count * size);
}
extern "C" void* realloc(void* block, size_t size) noexcept {
  if (!is_early(block)) return found() ? g_realloc(block, size) : early(size);
  void* fresh = found() ? g_malloc(size) : early(size);
  if (fresh != nullptr) memcpy(fresh, block, size);
  return fresh;
}
extern "C" void free(void* block) noexcept {
  if (!is_early(block) && found()) g_free(block);
}
