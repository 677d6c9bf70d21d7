#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyzer/profile/stack_rows.h"
#include "analyzer/report/metric.h"
#include "analyzer/report/text_context.h"

namespace memprof::report {

/// Which sites a table shows and how much of them.
struct SiteTable {
  std::vector<size_t> processes;  ///< indexes into Run::processes
  Metric metric = Metric::kPeak;
  profile::HeldOf held;            ///< kMoment: what sites held then; empty: at the tree's peak
  std::string title;               ///< without its amounts
  std::string cwd;                 ///< paths below it are shown relative
  bool details = true;             ///< cumulative amounts and callers
  uint64_t rows_max = UINT64_MAX;  ///< besides --top
  /// The stacks to show where the caller has chosen them; else those of the processes.
  const std::vector<profile::StackRow>* stacks = nullptr;
};

/// The top rows, one line for all others, and the total they add up to.
void write_site_table(const TextContext& context, const SiteTable& table);

}  // namespace memprof::report
