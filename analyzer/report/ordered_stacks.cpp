#include "analyzer/report/ordered_stacks.h"

#include <algorithm>

namespace memprof::report {

OrderedStacks order_stacks(const profile::Run& run, const profile::Addresses& addresses,
                           std::vector<profile::StackRow> rows, Metric metric, uint64_t limit) {
  OrderedStacks result;
  // What a profile file did not keep stack by stack is no row, whatever the limit.
  const auto folded = std::stable_partition(
      rows.begin(), rows.end(), [](const profile::StackRow& row) { return !row.folded; });
  for (auto row = folded; row != rows.end(); ++row) result.folded += row->counts;
  result.other = result.folded;
  rows.erase(folded, rows.end());
  const size_t kept = static_cast<size_t>(std::min<uint64_t>(limit, rows.size()));
  const auto middle = rows.begin() + static_cast<std::ptrdiff_t>(kept);
  std::partial_sort(rows.begin(), middle, rows.end(),
                    [&](const profile::StackRow& a, const profile::StackRow& b) {
                      const uint64_t value_a = amounts_of(a.counts, metric).first;
                      const uint64_t value_b = amounts_of(b.counts, metric).first;
                      if (value_a != value_b) return value_a > value_b;
                      return profile::compare_stacks(run, addresses, a, b) < 0;
                    });
  for (auto row = middle; row != rows.end(); ++row) result.other += row->counts;
  result.other_rows = rows.size() - kept;
  rows.resize(kept);
  result.rows = std::move(rows);
  return result;
}

}  // namespace memprof::report
