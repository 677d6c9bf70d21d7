#pragma once

#include <ostream>

#include "analyzer/profile/names.h"
#include "analyzer/profile/run.h"
#include "analyzer/report/options.h"

namespace memprof::report {

/// Folded stacks, which flame graph tools read: "process;main;work 4096", the root first, one line
/// for each distinct stack of functions that is not 0 in what Options::by asks for. Lines are
/// ordered by stack. In names, what would break a line is escaped (docs/formats.md). Uses by,
/// process and depth of the options. Throws Error (exit 2) when Options::process matches none.
void write_folded_report(std::ostream& out, const profile::Run& run, profile::FrameSource& source,
                         const Options& options);

}  // namespace memprof::report
