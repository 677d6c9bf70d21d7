#pragma once

#include <cstddef>

#include "analyzer/report/text_context.h"

namespace memprof::report {

/// The phases and marks of run.processes[index], with the top allocators at each phase's own peak
/// where the run has them; nothing when it has none.
void write_phases(const TextContext& context, size_t index);

}  // namespace memprof::report
