// The allocation functions. Each one passes the call on, then or before tells events.h.
//
// What counts (sizes are those asked for): a call that fails is no event; realloc(p, n > 0) is one
// resize; realloc(nullptr, n) a birth; realloc(p, 0) whatever the real function makes of it: a
// death in glibc. operator new and delete come through malloc and free.
#include <errno.h>

#include <cstring>

#include "preload/events.h"
#include "preload/exported.h"
#include "preload/ready.h"
#include "preload/sys/clock.h"

using memprof::Caller;
using memprof::g_real;
using memprof::ready;
using memprof::format::Kind;

namespace {

/// Blocks are reported with errno kept: recording makes system calls of its own only by the raw
/// road.
inline void* born(void* block, size_t size, Kind kind, const Caller& caller) {
  if (__builtin_expect(block != nullptr, 1)) memprof::record_birth(block, size, kind, caller);
  return block;
}

/// realloc for a block of the arena: it can only be copied out.
void* leave_arena(void* block, size_t size) {
  void* fresh = g_real.malloc(size);
  if (fresh == nullptr) return nullptr;
  const size_t old_size = memprof::arena_block_bytes(block);
  return memcpy(fresh, block, old_size < size ? old_size : size);
}

/// realloc before the real one is known. All blocks there are then are the arena's.
void* resize_in_arena(void* block, size_t size) {
  void* fresh = memprof::arena_allocate(size, 16);
  if (fresh != nullptr && block != nullptr && memprof::in_arena(block)) {
    const size_t old_size = memprof::arena_block_bytes(block);
    memcpy(fresh, block, old_size < size ? old_size : size);
  }
  return fresh;
}

void* resize(void* block, size_t size, const Caller& caller) {
  if (block == nullptr) return born(g_real.realloc(nullptr, size), size, Kind::kMalloc, caller);
  if (memprof::in_arena(block)) return born(leave_arena(block, size), size, Kind::kMalloc, caller);
  if (size == 0) {
    // glibc frees and returns null; an allocator that returns a block of size 0 has made a new one.
    memprof::record_death(block, caller);
    return born(g_real.realloc(block, 0), 0, Kind::kRealloc, caller);
  }
  // Where one thread alone runs the order of its calls is all there is to know.
  const uint64_t begin_stamp =
      memprof::single_stream() ? memprof::kNoStamp : memprof::sys::ordered_stamp();
  void* fresh = g_real.realloc(block, size);
  if (fresh != nullptr) memprof::record_resize(block, fresh, size, begin_stamp, caller);
  return fresh;
}

}  // namespace

MEMPROF_EXPORT void* malloc(size_t size) {
  if (!ready()) return memprof::arena_allocate(size, 16);
  return born(g_real.malloc(size), size, Kind::kMalloc, MEMPROF_CALLER());
}

MEMPROF_EXPORT void free(void* block) {
  if (block == nullptr || memprof::in_arena(block)) return;
  if (!ready()) return;
  memprof::record_death(block, MEMPROF_CALLER());
  g_real.free(block);
}

MEMPROF_EXPORT void* calloc(size_t count, size_t size) {
  size_t total;
  const bool overflows = __builtin_mul_overflow(count, size, &total);
  if (!ready()) return overflows ? nullptr : memprof::arena_allocate(total, 16);
  return born(g_real.calloc(count, size), total, Kind::kCalloc, MEMPROF_CALLER());
}

MEMPROF_EXPORT void* realloc(void* block, size_t size) {
  if (!ready()) return resize_in_arena(block, size);
  return resize(block, size, MEMPROF_CALLER());
}

MEMPROF_EXPORT void* reallocarray(void* block, size_t count, size_t size) {
  size_t total;
  if (__builtin_mul_overflow(count, size, &total)) {
    errno = ENOMEM;
    return nullptr;
  }
  if (!ready()) return resize_in_arena(block, total);
  return resize(block, total, MEMPROF_CALLER());
}

MEMPROF_EXPORT void* aligned_alloc(size_t alignment, size_t size) {
  if (!ready()) return memprof::arena_allocate(size, alignment);
  return born(g_real.aligned_alloc(alignment, size), size, Kind::kAligned, MEMPROF_CALLER());
}

MEMPROF_EXPORT void* memalign(size_t alignment, size_t size) {
  if (!ready()) return memprof::arena_allocate(size, alignment);
  return born(g_real.memalign(alignment, size), size, Kind::kAligned, MEMPROF_CALLER());
}

MEMPROF_EXPORT int posix_memalign(void** block, size_t alignment, size_t size) {
  if (!ready()) {
    void* fresh = memprof::arena_allocate(size, alignment);
    if (fresh == nullptr) return ENOMEM;
    *block = fresh;
    return 0;
  }
  const int error = g_real.posix_memalign(block, alignment, size);
  if (error == 0) born(*block, size, Kind::kAligned, MEMPROF_CALLER());
  return error;
}

MEMPROF_EXPORT void* valloc(size_t size) {
  if (!ready()) return memprof::arena_allocate(size, 4096);
  return born(g_real.valloc(size), size, Kind::kValloc, MEMPROF_CALLER());
}

MEMPROF_EXPORT void* pvalloc(size_t size) {
  if (!ready()) return memprof::arena_allocate((size + 4095) & ~size_t{4095}, 4096);
  return born(g_real.pvalloc(size), size, Kind::kPvalloc, MEMPROF_CALLER());
}

MEMPROF_EXPORT size_t malloc_usable_size(void* block) {
  if (block == nullptr) return 0;
  if (memprof::in_arena(block)) return memprof::arena_block_bytes(block);
  return ready() ? g_real.malloc_usable_size(block) : 0;
}
