// Memory of our own, straight from the kernel. Nothing here touches the program's heap.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>

#include "preload/sys/syscall.h"

namespace memprof::sys {

inline constexpr size_t kPageBytes = 4096;

inline uintptr_t page_of(uintptr_t address) {
  return address & ~(kPageBytes - 1);
}
constexpr size_t round_to_pages(size_t bytes) {
  return (bytes + kPageBytes - 1) & ~(kPageBytes - 1);
}

/// Zeroed private pages, kept out of core dumps, or nullptr.
inline void* map_private(size_t bytes) {
  const long result = call(SYS_mmap, 0, static_cast<long>(bytes), PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (failed(result)) return nullptr;
  call(SYS_madvise, result, static_cast<long>(bytes), MADV_DONTDUMP);
  return reinterpret_cast<void*>(result);
}

inline void unmap(void* address, size_t bytes) {
  call(SYS_munmap, as_long(address), static_cast<long>(bytes));
}

/// Whether eight bytes at `address` can be read, asked of the kernel without a descriptor or a
/// signal: rt_sigprocmask copies its argument in before it rejects the impossible `how`.
inline bool is_readable(uintptr_t address) {
  constexpr long kNoSuchHow = -1;
  constexpr long kInvalid = -22;  // the argument was read; a sandbox or a fault says something else
  // A null pointer would mean that there is no mask to copy.
  return address != 0 &&
         call(SYS_rt_sigprocmask, kNoSuchHow, static_cast<long>(address), 0, 8) == kInvalid;
}

}  // namespace memprof::sys
