#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/heap/process_heap.h"
#include "analyzer/profile/run.h"

namespace memprof::profile {

/// A process with the live sets of its kept moments: heap::ProcessHeap::snapshots are these, in
/// their order.
struct KeptRows {
  struct Row {
    uint64_t stack;  ///< as the writer numbers them; of the folded row nothing
    heap::Counts counts;
    std::vector<heap::Held> held;  ///< by moment
    Reached reached;               ///< nothing where nobody looked
  };
  std::vector<Row> rows;
  bool last_is_folded = false;  ///< the last row is the sum of those too small to be kept
};

/// Sums equal stacks of the process (`stacks`: a number for each of its sites) and then all rows
/// that are, in every figure and at every moment, below `percent` per cent of the process's. What
/// lost a block stays: a leak is small at first. Sums of rows are those of the sites, exactly. Rows
/// in the order of their first site.
KeptRows fold_rows(const Process& process, const std::vector<uint64_t>& stacks, double percent);

}  // namespace memprof::profile
