#pragma once

#include "analyzer/compare/diff.h"
#include "analyzer/report/diff_report.h"
#include "analyzer/report/page/page_budget.h"
#include "analyzer/report/page/page_stacks.h"

namespace memprof::report {

/// All stacks of a comparison, with what they held before and after.
PageStacks diff_stacks(const compare::Diff& diff);

/// The data of a comparison's page (docs/page.md).
Json diff_page(const DiffInput& input, const compare::Diff& diff, const PageStacks& stacks,
               const PageBudget& budget);

}  // namespace memprof::report
