// Programs whose every stack is walked in several ways, and which abort where two differ.
#pragma once

#include <cstdint>
#include <string>

#include "tests/support/run_program.h"

namespace memprof::test {

/// Runs `command` under MEMPROF_UNWIND=`mode` ("" is the library's own way) and checks that it ends
/// well, that no stacks differ and that no event is lost. How many stacks were walked, by all of
/// its processes: one for each block that came or was resized.
uint64_t walk_stacks(const Command& command, const std::string& mode,
                     const std::string& library = MEMPROF_LIBRARY);

/// walk_stacks with "compare"; checks that there were at least so many. Warns when the program is
/// not installed.
void compare_stacks(const Command& command, uint64_t least);

}  // namespace memprof::test
