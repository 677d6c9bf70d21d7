// What every hook asks first.
#pragma once

#include "preload/process.h"
#include "preload/real.h"

namespace memprof {

/// Whether the real functions are there. The first call finds them, and starts recording.
inline bool ready() {
  if (__builtin_expect(g_real.malloc != nullptr, 1)) return true;
  return resolve_real_functions(start_recording);
}

}  // namespace memprof
