// Comparing a program under the recorder with the same program alone.
#pragma once

#include "tests/e2e/scenario.h"

namespace memprof::test {

/// The command as it would be without the recorder. Other preloaded libraries stay.
Command native(const Command& command);

/// Preloads another library, before the recorder or after it.
void preload_also(Command& command, const std::string& other, bool before);

/// Runs the scenario's program without the recorder, then with it, and checks that both runs print
/// the same, byte for byte, and end in the same way.
void check_same(Scenario& scenario);

/// Whether tests are to take the time that finds rare failures (MEMPROF_LONG=1 in the environment).
bool long_run();

}  // namespace memprof::test
