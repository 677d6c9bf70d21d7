// Comparing a program under the recorder with the same program alone.
#pragma once

#include "tests/e2e/scenario.h"

namespace memprof::test {

/// The command as it would be without the recorder.
Command native(const Command& command);

/// Runs the scenario's program without the recorder, then with it, and checks that both runs print
/// the same, byte for byte, and end in the same way.
void check_same(Scenario& scenario);

}  // namespace memprof::test
