#pragma once

#include "analyzer/compare/leaks.h"
#include "analyzer/profile/run.h"
#include "analyzer/report/page/page_budget.h"
#include "analyzer/report/page/page_check.h"
#include "analyzer/report/page/page_owners.h"
#include "analyzer/report/page/page_stacks.h"
#include "analyzer/report/stack_export.h"

namespace memprof::report {

/// Processes that a page's rows tell apart.
inline constexpr size_t kPageOwnersMax = 200;

/// All sites of the chosen processes; `leaks` are theirs.
PageStacks run_stacks(const profile::Run& run, const StackExport& stacks,
                      const compare::Leaks& leaks);

/// The data of a run's page (docs/page.md). `check`: null where there is no budget.
Json run_page(const profile::Run& run, StackExport& stacks, const PageStacks& tree,
              const PageCheck* check, const PageBudget& budget);

}  // namespace memprof::report
