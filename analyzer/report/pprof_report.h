#pragma once

#include <ostream>

#include "analyzer/profile/names.h"
#include "analyzer/profile/run.h"
#include "analyzer/report/diff_report.h"
#include "analyzer/report/options.h"

namespace memprof::report {

/// A gzipped profile.proto, as `go tool pprof` and others read it: one sample for each row of the
/// JSON report, all of them, labelled with its process (docs/formats.md). Uses by, process and
/// depth of the options. Throws Error (exit 2) when Options::process matches none, or Options::by
/// is what the format cannot show.
void write_pprof_report(std::ostream& out, const profile::Run& run, profile::FrameSource& source,
                        const Options& options);

/// What changed between two moments: each row's values afterwards, and its values before, negative
/// and labelled as pprof's own -diff_base does, so that shares are of what was there before.
void write_pprof_diff(std::ostream& out, const DiffInput& input, const Options& options);

}  // namespace memprof::report
