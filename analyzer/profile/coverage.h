#pragma once

#include <span>
#include <vector>

#include "analyzer/profile/run.h"

namespace memprof::profile {

/// Images that were left out on request, and images that a recorded one launched by exec or spawn
/// and that never appeared with a trace of their own. Sorted by exe and reason, equal ones counted
/// together. Looks at the executables on this machine.
std::vector<Uncovered> not_covered(std::span<const Process> processes);

/// Images whose recording stopped before they ended, or saw only a part of what they did.
/// Looks at the executables on this machine.
std::vector<Uncovered> partly_covered(std::span<const Process> processes);

}  // namespace memprof::profile
