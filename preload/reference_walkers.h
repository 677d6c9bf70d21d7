// Other people's unwinders, for comparing our own walker with: libunwind and the one that C++
// exceptions use (libgcc's). Both are opened at start, in the modes that need them, and never
// linked. They take locks, make system calls and need much stack: those modes are exempt from what
// the recorder promises otherwise.
//
// Neither must be entered while a thread of this process is inside one of them: the caller sees to
// that (compared_walk.cpp).
#pragma once

#include "preload/walker.h"

namespace memprof {

/// Opens it. Call once, before there is a second thread. False when it is not there.
bool open_libunwind();
bool open_libgcc();

/// walk_stack by libunwind: up to the first frame without unwind information, where ours ends, too.
CallStack walk_with_libunwind(Stream& s, const Caller& caller);

/// The same by _Unwind_Backtrace.
CallStack walk_with_libgcc(Stream& s, const Caller& caller);

}  // namespace memprof
