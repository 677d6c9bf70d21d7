#pragma once

#include <optional>
#include <ostream>

#include "analyzer/compare/baseline.h"
#include "analyzer/compare/budget.h"
#include "analyzer/compare/suppressions.h"
#include "analyzer/profile/names.h"
#include "analyzer/profile/run.h"
#include "analyzer/report/diff_report.h"
#include "analyzer/report/options.h"

namespace memprof::report {

/// Throws Error (exit 2) that says what to do when this memprof was built without the page.
void check_page();

/// What a page may have besides the run itself.
struct PageExtras {
  /// To hold the run to, and what it is relative to.
  std::optional<compare::Budget> budget;
  compare::Baseline baseline;
  /// What is no leak.
  compare::Suppressions suppressions;
};

/// The page to look at in a browser: one file of HTML that needs nothing else (docs/page.md). At
/// most kPageBytesMax, whatever the run. Its drag range takes Run::key_moments, its histograms a
/// run with details. Uses process of the options. Throws Error (exit 2) as check_page() does, when
/// Options::process matches none, and when the budget has a limit whose baseline is not known.
void write_html_report(std::ostream& out, const profile::Run& run, profile::FrameSource& source,
                       const Options& options, const PageExtras& extras);

/// The same for a comparison.
void write_html_diff(std::ostream& out, const DiffInput& input, const Options& options);

inline constexpr size_t kPageBytesMax = size_t{4} << 20;

}  // namespace memprof::report
