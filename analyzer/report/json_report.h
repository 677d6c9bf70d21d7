#pragma once

#include <ostream>

#include "analyzer/profile/names.h"
#include "analyzer/profile/run.h"
#include "analyzer/report/options.h"

namespace memprof::report {

/// The report for programs, schema "memprof-report/1": one row per full stack, allocator frames
/// included, names exact (bytes that are no UTF-8 become U+FFFD; everything else outside of ASCII
/// is escaped). Uses by, top, process and depth of the options. Written row by row, so memory does
/// not follow the size of the output. Throws Error (exit 2) when Options::process matches none.
void write_json_report(std::ostream& out, const profile::Run& run, profile::FrameSource& source,
                       const Options& options);

}  // namespace memprof::report
