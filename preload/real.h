// The functions behind the ones we interpose, and what serves calls before they are known.
//
// They come from dlsym(RTLD_NEXT). dlsym may itself allocate, and our functions may be called
// before this library has been relocated (an IFUNC resolver of another library): such calls are
// served from a small static arena. Its blocks may be passed to free, realloc and
// malloc_usable_size for ever.
#pragma once

#include <spawn.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace memprof {

struct RealFunctions {
  void* (*malloc)(size_t);
  void (*free)(void*);
  void* (*calloc)(size_t, size_t);
  void* (*realloc)(void*, size_t);
  void* (*reallocarray)(void*, size_t, size_t);
  void* (*aligned_alloc)(size_t, size_t);
  void* (*memalign)(size_t, size_t);
  int (*posix_memalign)(void**, size_t, size_t);
  void* (*valloc)(size_t);
  void* (*pvalloc)(size_t);
  size_t (*malloc_usable_size)(void*);
  int (*execve)(const char*, char* const*, char* const*);
  int (*execvpe)(const char*, char* const*, char* const*);
  int (*execveat)(int, const char*, char* const*, char* const*, int);
  int (*fexecve)(int, char* const*, char* const*);
  int (*posix_spawn)(pid_t*, const char*, const posix_spawn_file_actions_t*,
                     const posix_spawnattr_t*, char* const*, char* const*);
  int (*posix_spawnp)(pid_t*, const char*, const posix_spawn_file_actions_t*,
                      const posix_spawnattr_t*, char* const*, char* const*);
  int (*prctl)(int, unsigned long, unsigned long, unsigned long, unsigned long);
  long (*syscall)(long, ...);
  void (*exit_now)(int);  ///< _exit
  void (*quick_exit)(int);
};

/// All null before resolve_real_functions; `malloc` is set last. Written once.
extern RealFunctions g_real;

/// Whether the C library is glibc, rather than musl.
bool is_glibc();

/// Fills g_real, calls `then` and only after that sets g_real.malloc, so that no event is missed
/// between the two. False when this call came from inside the attempt, or before relocation: the
/// arena has to serve it. Any thread; the others wait for the first.
bool resolve_real_functions(void (*then)());

/// Memory from the arena, zeroed; nullptr when it is used up.
void* arena_allocate(size_t bytes, size_t alignment);

inline constexpr size_t kArenaBytes = 256 * 1024;
extern uint8_t g_arena[kArenaBytes];

inline bool in_arena(const void* block) {
  return reinterpret_cast<uintptr_t>(block) - reinterpret_cast<uintptr_t>(g_arena) < kArenaBytes;
}

/// The size asked for of a block in the arena.
size_t arena_block_bytes(const void* block);

}  // namespace memprof
