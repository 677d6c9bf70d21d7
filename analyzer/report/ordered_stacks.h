#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/profile/stack_rows.h"
#include "analyzer/report/metric.h"

namespace memprof::report {

/// The first rows of a table, and the sum of those cut off.
struct OrderedStacks {
  std::vector<profile::StackRow> rows;
  heap::Counts other;   ///< with `folded`
  heap::Counts folded;  ///< stacks that a profile did not keep
  uint64_t other_rows = 0;
};

/// Orders by the metric's first amount, largest first, equal ones by stack; keeps `limit` rows.
OrderedStacks order_stacks(const profile::Run& run, const profile::Addresses& addresses,
                           std::vector<profile::StackRow> rows, Metric metric, uint64_t limit);

}  // namespace memprof::report
