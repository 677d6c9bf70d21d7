#pragma once

#include <string>
#include <vector>

#include "analyzer/compare/baseline.h"
#include "analyzer/compare/budget.h"
#include "analyzer/compare/check.h"
#include "analyzer/profile/names.h"
#include "analyzer/profile/run.h"
#include "analyzer/report/page/page_strings.h"

namespace memprof::report {

/// How a run keeps a budget.
struct PageCheck {
  std::string budget_path;  ///< raw bytes
  std::vector<compare::LimitResult> results;
  std::vector<compare::Moved> moved;  ///< since the baseline, where a limit is broken
};

/// What memprof check finds of this run alone, of all its processes. Throws Error (exit 2) that
/// names the line of a limit whose baseline is not known.
PageCheck check_run(const profile::Run& run, profile::Names& names, const compare::Budget& budget,
                    const compare::Baseline& baseline);

/// That, as the page has it (docs/page.md).
Json check_json(const PageCheck& check, PageStrings& strings);

}  // namespace memprof::report
