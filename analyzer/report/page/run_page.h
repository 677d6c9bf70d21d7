#pragma once

#include "analyzer/profile/run.h"
#include "analyzer/report/page/page_budget.h"
#include "analyzer/report/page/page_owners.h"
#include "analyzer/report/page/page_stacks.h"
#include "analyzer/report/stack_export.h"

namespace memprof::report {

/// Processes that a page's rows tell apart.
inline constexpr size_t kPageOwnersMax = 200;

/// All sites of the chosen processes.
PageStacks run_stacks(const profile::Run& run, const StackExport& stacks);

/// The data of a run's page (docs/page.md).
Json run_page(const profile::Run& run, StackExport& stacks, const PageStacks& tree,
              const PageBudget& budget);

}  // namespace memprof::report
