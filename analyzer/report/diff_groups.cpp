#include "analyzer/report/diff_groups.h"

#include <algorithm>
#include <map>

#include "analyzer/report/shared_frames.h"

namespace memprof::report {

std::vector<FunctionChange> changes_by_function(const compare::Diff& diff) {
  Places places(diff.stacks);
  std::map<compare::Frame, size_t> row_of;
  std::vector<FunctionChange> rows;
  // The largest change comes first, so the first stack of a function is its largest.
  for (const compare::StackChange& row : diff.rows) {
    compare::Frame frame = places.of(row.stack);
    const auto [known, is_new] = row_of.emplace(frame, rows.size());
    if (is_new) rows.push_back({std::move(frame), {}, row.stack});
    rows[known->second].change += row.change;
  }
  std::sort(rows.begin(), rows.end(), [](const FunctionChange& a, const FunctionChange& b) {
    if (compare::is_larger(a.change, b.change)) return true;
    if (compare::is_larger(b.change, a.change)) return false;
    return a.frame < b.frame;
  });
  return rows;
}

}  // namespace memprof::report
