#pragma once

#include <ostream>

#include "analyzer/profile/names.h"
#include "analyzer/profile/run.h"
#include "analyzer/report/diff_report.h"
#include "analyzer/report/options.h"

namespace memprof::report {

/// Throws Error (exit 2) that says what to do when this memprof was built without the page.
void check_page();

/// The page to look at in a browser: one file of HTML that needs nothing else (docs/page.md). At
/// most kPageBytesMax, whatever the run. Its drag range takes Run::key_moments, its histograms a
/// run with details. Uses process of the options. Throws Error (exit 2) as check_page() does, and
/// when Options::process matches none.
void write_html_report(std::ostream& out, const profile::Run& run, profile::FrameSource& source,
                       const Options& options);

/// The same for a comparison.
void write_html_diff(std::ostream& out, const DiffInput& input, const Options& options);

inline constexpr size_t kPageBytesMax = size_t{4} << 20;

}  // namespace memprof::report
