// Which other allocators the program has.
#pragma once

namespace memprof {

/// Objects whose allocations pass the recorder by; "" where there is none. Paths as the loader has
/// them, valid while the object is loaded.
struct OtherAllocators {
  const char* malloc_from;  ///< comes before us where the program looks for malloc
  const char* new_from;     ///< has operator new, and a malloc of its own behind it
};

/// Looks at where the loader has bound two names for us: no lookup is made.
OtherAllocators find_other_allocators();

}  // namespace memprof
