#pragma once

#include <string>
#include <vector>

#include "analyzer/report/text_context.h"

namespace memprof::report {

/// What the figures do not contain and why: losses, cut stacks, missing symbols, processes not
/// covered, traces cut off, the recorder's own memory. About the processes with these indexes; what
/// concerns the run as a whole is always there. Comes last, when all names have been looked up.
void write_health(const TextContext& context, const std::vector<size_t>& processes,
                  const std::string& title = "health");

}  // namespace memprof::report
