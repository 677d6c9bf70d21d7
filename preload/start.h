// Starting to record, and the facts about the process that are looked up once.
#pragma once

#include <cstdint>

namespace memprof {

/// Where the main thread's stack ends and how far below that it certainly may reach; 0 when
/// unknown.
void main_stack_bounds(uintptr_t* end, uintptr_t* bytes);

}  // namespace memprof
