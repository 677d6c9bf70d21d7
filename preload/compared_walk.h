// MEMPROF_UNWIND: who walks the stacks. The usual walk can be checked while it works: against a
// walk without replay (check), and against two unwinders of others as well (compare).
//
// What differs is said on stderr, and the process aborts. Checks cost time and, with other
// unwinders, what reference_walkers.h says; the trace is the same.
//
// Other unwinders take locks, of their own and the loader's. So one thread at a time is let into
// them, and who finds them taken for long gets by without them: a handler that has interrupted
// them, a forked child whose parent was inside, a callback of dl_iterate_phdr that holds the lock
// which the thread inside waits for. The check against a walk without replay is always made.
#pragma once

#include "preload/environment.h"
#include "preload/walker.h"

namespace memprof {

extern Unwinder g_unwinder;  ///< in use; kOwn until one of the following says otherwise

/// Checks from now on. Once, when recording starts: stacks need memory for it from the first on.
void begin_checking();

/// Opens what is needed; without it g_unwinder stays, and the first process of a run says so. Call
/// once, before there is a second thread.
void use_unwinder(Unwinder wanted);

/// walk_stack in another way than the usual.
CallStack walk_otherwise(Stream& s, const Caller& caller);

}  // namespace memprof
