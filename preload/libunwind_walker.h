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
CallStack walk_with_libunwind(Stream& s, const Caller& caller);

/// walk_stack in the usual way, after making sure that a walk without replay finds the same frames,
/// and libunwind, too, up to the first one without unwind information. Where they do not, says so
/// on stderr and aborts.
CallStack walk_and_compare(Stream& s, const Caller& caller);

}  // namespace memprof
