#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/compare/process_match.h"
#include "analyzer/compare/shared_stacks.h"
#include "analyzer/compare/side_stacks.h"
#include "analyzer/heap/process_heap.h"

namespace memprof::compare {

/// What was held before and after.
struct Change {
  heap::Held before;
  heap::Held after;

  /// after - before. Sizes beyond 2^63 exist in broken traces only, and wrap.
  int64_t delta_bytes() const { return static_cast<int64_t>(after.bytes - before.bytes); }
  int64_t delta_blocks() const { return static_cast<int64_t>(after.blocks - before.blocks); }
  bool any() const { return !(before == after); }
  bool is_new() const { return before.blocks == 0 && after.blocks != 0; }
  bool is_gone() const { return after.blocks == 0 && before.blocks != 0; }
  Change& operator+=(const Change& other);
};

/// Whether `a` comes before `b` in a list of changes: by |bytes|, then |blocks|, then what is there
/// after.
bool is_larger(const Change& a, const Change& b);

struct StackChange {
  StackNumber stack;
  Change change;
};

struct ProcessChange {
  ProcessPair pair;
  Change change;
};

/// What changed between two moments. The rows add up to the total, and so do the processes.
struct Diff {
  SharedStacks stacks;
  std::vector<StackChange> rows;  ///< of all stacks that held something, the largest change first
  std::vector<ProcessChange> processes;  ///< likewise; ties in the order of match_processes
  Change total;
};

/// Compares two moments, of one run (the same objects) or of two. Looks up the names of all frames
/// of stacks that held something.
Diff compare(const Side& before, const Side& after);

}  // namespace memprof::compare
