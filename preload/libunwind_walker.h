// MEMPROF_UNWIND=libunwind: the reference that our own walker is compared with. libunwind is opened
// at start and never linked. It is exempt from the promises about system calls, descriptors and
// stack use.
#pragma once

#include <cstdint>

#include "preload/walker.h"

namespace memprof {

extern bool g_libunwind_in_use;  ///< written once at start

inline bool libunwind_in_use() {
  return g_libunwind_in_use;
}

/// walk_stack by libunwind.
uint32_t walk_with_libunwind(Stream& s, const Caller& caller);

}  // namespace memprof
