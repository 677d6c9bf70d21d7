#pragma once

#include <ostream>

#include "analyzer/profile/names.h"
#include "analyzer/profile/run.h"
#include "analyzer/report/options.h"

namespace memprof::report {

/// DHAT's format, version 2, for valgrind's dh_view.html: one program point for each row of the
/// JSON report, all of them. Of several processes each has a outermost frame of its own, and
/// t-gmax is the tree's peak (docs/formats.md). Uses process and depth of the options. Written
/// point by point. REQUIRES: the run has details. Throws Error (exit 2) when Options::process
/// matches none.
void write_dhat_report(std::ostream& out, const profile::Run& run, profile::FrameSource& source,
                       const Options& options);

}  // namespace memprof::report
