// A malloc that signal handlers may call at any instant: it hands out fresh memory by one atomic
// addition and takes nothing back. Linked into programs that want to interrupt the recorder, not
// the allocator.
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

namespace {

constexpr size_t kBytes = size_t{1} << 30;
alignas(4096) char g_heap[kBytes];
size_t g_used = 0;

void* allocate(size_t size, size_t alignment) {
  if (size > kBytes / 2 || alignment > kBytes / 2) return nullptr;
  const size_t slot = (size + alignment + sizeof size + 15) & ~size_t{15};
  const size_t at = __atomic_fetch_add(&g_used, slot, __ATOMIC_RELAXED);
  if (at + slot > kBytes) {
    errno = ENOMEM;
    return nullptr;
  }
  const uintptr_t begin = reinterpret_cast<uintptr_t>(g_heap) + at + sizeof size;
  const uintptr_t block = (begin + alignment - 1) & ~(alignment - 1);
  memcpy(reinterpret_cast<void*>(block - sizeof size), &size, sizeof size);
  return reinterpret_cast<void*>(block);
}

size_t size_of(void* block) {
  size_t size;
  memcpy(&size, static_cast<char*>(block) - sizeof size, sizeof size);
  return size;
}

}  // namespace

extern "C" {

void* malloc(size_t size) {
  return allocate(size, 16);
}

void free(void*) {}

void* calloc(size_t count, size_t size) {
  return allocate(count * size, 16);
}  // Fresh pages are zero.

void* realloc(void* block, size_t size) {
  if (block == nullptr) return allocate(size, 16);
  if (size == 0) return nullptr;
  void* fresh = allocate(size, 16);
  if (fresh != nullptr) memcpy(fresh, block, size_of(block) < size ? size_of(block) : size);
  return fresh;
}

void* memalign(size_t alignment, size_t size) {
  return allocate(size, alignment < 16 ? 16 : alignment);
}

void* aligned_alloc(size_t alignment, size_t size) {
  return memalign(alignment, size);
}

int posix_memalign(void** block, size_t alignment, size_t size) {
  *block = memalign(alignment, size);
  return *block == nullptr ? ENOMEM : 0;
}

size_t malloc_usable_size(void* block) {
  return block == nullptr ? 0 : size_of(block);
}

}  // extern "C"
