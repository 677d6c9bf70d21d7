#include "preload/real.h"

#include <dlfcn.h>
#include <errno.h>
#include <unistd.h>

#include <atomic>
#include <cstring>

#include "preload/sys/syscall.h"

namespace memprof {

constinit RealFunctions g_real = {};
alignas(4096) constinit uint8_t g_arena[kArenaBytes] = {};

// Weak: glibc has it, musl has not.
extern "C" const char* gnu_get_libc_version() __attribute__((weak));

namespace {

constinit std::atomic<size_t> g_arena_used{0};
constinit std::atomic<uint32_t> g_resolver{0};  // thread id of who is at it

constexpr size_t kArenaHeaderBytes = 16;

// Holds its own address once this library has been relocated, 0 before.
const void* volatile g_relocated = &g_arena;

template <typename Function>
void resolve(Function* function, const char* name) {
  *function = reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

// musl's calloc, posix_memalign, memalign and valloc call malloc and aligned_alloc by their public
// names, so they would come to us again and each block would be recorded twice. These do the same
// by the real functions.

/// Zeroes what is not zero yet: pages fresh from the kernel stay untouched.
void clear(void* block, size_t bytes) {
  constexpr size_t kStep = 4096;
  static constexpr char kZeros[kStep] = {};
  auto* at = static_cast<char*>(block);
  for (; bytes >= kStep; at += kStep, bytes -= kStep) {
    if (memcmp(at, kZeros, kStep) != 0) memset(at, 0, kStep);
  }
  memset(at, 0, bytes);
}

void* calloc_by_malloc(size_t count, size_t size) {
  size_t total;
  if (__builtin_mul_overflow(count, size, &total)) {
    errno = ENOMEM;
    return nullptr;
  }
  void* block = g_real.malloc(total);
  if (block != nullptr) clear(block, total);
  return block;
}

void* memalign_by_aligned_alloc(size_t alignment, size_t size) {
  return g_real.aligned_alloc(alignment, size);
}

int posix_memalign_by_aligned_alloc(void** block, size_t alignment, size_t size) {
  if (alignment < sizeof(void*)) return EINVAL;
  void* fresh = g_real.aligned_alloc(alignment, size);
  if (fresh == nullptr) return errno;
  *block = fresh;
  return 0;
}

void* valloc_by_aligned_alloc(size_t size) {
  constexpr size_t kPage = 4096;
  return g_real.aligned_alloc(kPage, size);
}

void resolve_all(void (*then)()) {
  RealFunctions real{};
  resolve(&real.malloc, "malloc");
  resolve(&real.free, "free");
  resolve(&real.calloc, "calloc");
  resolve(&real.realloc, "realloc");
  resolve(&real.reallocarray, "reallocarray");
  resolve(&real.aligned_alloc, "aligned_alloc");
  resolve(&real.memalign, "memalign");
  resolve(&real.posix_memalign, "posix_memalign");
  resolve(&real.valloc, "valloc");
  resolve(&real.pvalloc, "pvalloc");
  resolve(&real.malloc_usable_size, "malloc_usable_size");
  resolve(&real.execve, "execve");
  resolve(&real.execvpe, "execvpe");
  resolve(&real.execveat, "execveat");
  resolve(&real.fexecve, "fexecve");
  resolve(&real.posix_spawn, "posix_spawn");
  resolve(&real.posix_spawnp, "posix_spawnp");
  resolve(&real.prctl, "prctl");
  resolve(&real.syscall, "syscall");
  resolve(&real.exit_now, "_exit");
  resolve(&real.quick_exit, "quick_exit");
  if (!is_glibc()) {
    real.calloc = calloc_by_malloc;
    real.memalign = memalign_by_aligned_alloc;
    real.posix_memalign = posix_memalign_by_aligned_alloc;
    real.valloc = valloc_by_aligned_alloc;
  }
  // `malloc` says that the others are there.
  auto* const ready_malloc = real.malloc;
  real.malloc = nullptr;
  g_real = real;
  then();
  std::atomic_ref(g_real.malloc).store(ready_malloc, std::memory_order_release);
}

}  // namespace

bool is_glibc() {
  return gnu_get_libc_version != nullptr;
}

bool resolve_real_functions(void (*then)()) {
  if (g_relocated == nullptr) return false;
  const uint32_t tid = sys::current_tid();
  uint32_t nobody = 0;
  if (g_resolver.compare_exchange_strong(nobody, tid, std::memory_order_acq_rel)) {
    resolve_all(then);
    return g_real.malloc != nullptr;
  }
  if (nobody == tid) return g_real.malloc != nullptr;
  while (std::atomic_ref(g_real.malloc).load(std::memory_order_acquire) == nullptr) {
    sys::call(SYS_sched_yield);
  }
  return true;
}

void* arena_allocate(size_t bytes, size_t alignment) {
  if (alignment < kArenaHeaderBytes) alignment = kArenaHeaderBytes;
  if (bytes > kArenaBytes || alignment > kArenaBytes / 2) return nullptr;
  const size_t slot = (bytes + kArenaHeaderBytes + alignment + 15) & ~size_t{15};
  const size_t at = g_arena_used.fetch_add(slot, std::memory_order_relaxed);
  if (at > kArenaBytes - slot || slot > kArenaBytes) return nullptr;
  const uintptr_t begin = reinterpret_cast<uintptr_t>(g_arena) + at + kArenaHeaderBytes;
  const uintptr_t block = (begin + alignment - 1) & ~(alignment - 1);
  memcpy(reinterpret_cast<void*>(block - sizeof bytes), &bytes, sizeof bytes);
  return reinterpret_cast<void*>(block);
}

size_t arena_block_bytes(const void* block) {
  size_t bytes;
  memcpy(&bytes, static_cast<const uint8_t*>(block) - sizeof bytes, sizeof bytes);
  return bytes;
}

}  // namespace memprof
