#pragma once

#include <ostream>

#include "analyzer/profile/names.h"
#include "analyzer/profile/run.h"
#include "analyzer/report/options.h"

namespace memprof::report {

/// The report for people. One process, or those chosen by Options::process, each in its own view;
/// otherwise the tree: the run in a line, the executables, and the sites at the tree's peak.
/// REQUIRES: a run with processes. Throws Error (exit 2) when Options::process matches none.
void write_text_report(std::ostream& out, const profile::Run& run, profile::FrameSource& source,
                       const Options& options);

/// The first line and the top rows of that report: what `memprof run` says at the end.
void write_summary(std::ostream& out, const profile::Run& run, profile::FrameSource& source,
                   const Options& options);

}  // namespace memprof::report
