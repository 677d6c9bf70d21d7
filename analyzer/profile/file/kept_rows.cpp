#include "analyzer/profile/file/kept_rows.h"

#include <unordered_map>

namespace memprof::profile {
namespace {

/// The smallest figures that keep a row.
class Limits {
 public:
  Limits(const heap::ProcessHeap& heap, double percent) : share_(percent / 100) {
    for (const std::vector<heap::Held>& moment : heap.snapshots) {
      heap::Held sum;
      for (const heap::Held& held : moment) {
        sum.bytes += held.bytes;
        sum.blocks += held.blocks;
      }
      held_.push_back(sum);
    }
    for (const heap::Site& site : heap.sites) totals_ += site.counts;
  }

  bool keep(const KeptRows::Row& row) const {
    const heap::Counts& counts = row.counts;
    bool large = large_enough(counts.allocations, totals_.allocations) ||
                 large_enough(counts.bytes_allocated, totals_.bytes_allocated) ||
                 large_enough(counts.live_bytes, totals_.live_bytes) ||
                 large_enough(counts.peak_bytes, totals_.peak_bytes) ||
                 large_enough(counts.temporary, totals_.temporary) || row.reached.lost.blocks != 0;
    for (size_t i = 0; i < row.held.size() && !large; ++i)
      large = large_enough(row.held[i].bytes, held_[i].bytes);
    return large;
  }

 private:
  bool large_enough(uint64_t part, uint64_t whole) const {
    return part != 0 && static_cast<double>(part) >= share_ * static_cast<double>(whole);
  }

  double share_;
  heap::Counts totals_;
  std::vector<heap::Held> held_;
};

void add(heap::Held& sum, const heap::Held& held) {
  sum.bytes += held.bytes;
  sum.blocks += held.blocks;
}

void add(KeptRows::Row& sum, const KeptRows::Row& row) {
  sum.counts += row.counts;
  for (size_t i = 0; i < row.held.size(); ++i) add(sum.held[i], row.held[i]);
  add(sum.reached.lost, row.reached.lost);
  add(sum.reached.reachable, row.reached.reachable);
  add(sum.reached.unknown, row.reached.unknown);
}

std::vector<KeptRows::Row> distinct_rows(const Process& process,
                                         const std::vector<uint64_t>& stacks) {
  const heap::ProcessHeap& heap = process.heap;
  std::vector<KeptRows::Row> rows;
  std::unordered_map<uint64_t, size_t> row_of;
  for (size_t i = 0; i < heap.sites.size(); ++i) {
    KeptRows::Row row{stacks[i], heap.sites[i].counts, {}, {}};
    if (process.reached) row.reached = (*process.reached)[i];
    for (const std::vector<heap::Held>& moment : heap.snapshots) row.held.push_back(moment[i]);
    const auto [known, is_new] = row_of.emplace(row.stack, rows.size());
    if (is_new) {
      rows.push_back(std::move(row));
    } else {
      add(rows[known->second], row);
    }
  }
  return rows;
}

}  // namespace

KeptRows fold_rows(const Process& process, const std::vector<uint64_t>& stacks, double percent) {
  std::vector<KeptRows::Row> all = distinct_rows(process, stacks);
  if (percent <= 0) return {std::move(all), false};
  const Limits limits(process.heap, percent);
  KeptRows kept;
  KeptRows::Row folded{0, {}, std::vector<heap::Held>(process.heap.snapshots.size()), {}};
  for (KeptRows::Row& row : all) {
    if (limits.keep(row)) {
      kept.rows.push_back(std::move(row));
    } else {
      add(folded, row);
      kept.last_is_folded = true;
    }
  }
  if (kept.last_is_folded) kept.rows.push_back(std::move(folded));
  return kept;
}

}  // namespace memprof::profile
