// MEMPROF_UNWIND=libunwind and =compare: the reference that our own walker is compared with.
// libunwind is opened at start and never linked. These modes are exempt from the promises about
// system calls, descriptors and stack use.
#pragma once

#include <cstdint>

#include "preload/environment.h"
#include "preload/walker.h"

namespace memprof {

extern Unwinder g_unwinder;  ///< in use; kOwn until use_unwinder

/// Opens libunwind where it is needed; without it our own walker stays in use. Call once, before
/// there is a second thread.
void use_unwinder(Unwinder wanted);

/// walk_stack by libunwind.
uint32_t walk_with_libunwind(Stream& s, const Caller& caller);

/// walk_stack by our own walker, after making sure that libunwind finds the same frames up to the
/// first one without unwind information. Where it does not, says so on stderr and aborts.
uint32_t walk_with_both(Stream& s, const Caller& caller);

}  // namespace memprof
