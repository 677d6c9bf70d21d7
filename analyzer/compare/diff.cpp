#include "analyzer/compare/diff.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>

namespace memprof::compare {
namespace {

uint64_t magnitude(int64_t value) {
  return value < 0 ? uint64_t{0} - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
}

heap::Held& operator+=(heap::Held& sum, const heap::Held& held) {
  sum.bytes += held.bytes;
  sum.blocks += held.blocks;
  return sum;
}

/// Sums one side's sites into the rows of their stacks and, by process, into `sums`.
void add_side(const Side& side, heap::Held Change::*which, Diff& diff,
              std::vector<Change>& by_stack, std::unordered_map<size_t, heap::Held>& sums) {
  SideStacks stacks(side, diff.stacks);
  for (const size_t process : side.processes) {
    stacks.visit(process, [&](StackNumber stack, size_t, const heap::Held& held) {
      const auto at = static_cast<uint32_t>(stack);
      if (at >= by_stack.size()) by_stack.resize(std::max<size_t>(at + 1, diff.stacks.stacks()));
      by_stack[at].*which += held;
      sums[process] += held;
      diff.total.*which += held;
    });
  }
}

/// Within one run a process is its own like.
std::vector<ProcessPair> pairs_of(const Side& before, const Side& after) {
  if (&before.run != &after.run)
    return match_processes(before.run, before.processes, after.run, after.processes);
  std::vector<ProcessPair> pairs;
  for (const size_t process : before.processes) pairs.push_back({process, process});
  return pairs;
}

}  // namespace

Change& Change::operator+=(const Change& other) {
  compare::operator+=(before, other.before);
  compare::operator+=(after, other.after);
  return *this;
}

bool is_larger(const Change& a, const Change& b) {
  const auto key = [](const Change& change) {
    return std::tuple(magnitude(change.delta_bytes()), magnitude(change.delta_blocks()),
                      change.after.bytes);
  };
  return key(a) > key(b);
}

Diff compare(const Side& before, const Side& after) {
  std::vector<const profile::Addresses*> runs{&before.names.addresses()};
  if (&before.run != &after.run) runs.push_back(&after.names.addresses());
  Diff diff{SharedStacks(runs), {}, {}, {}};

  std::vector<Change> by_stack;
  std::unordered_map<size_t, heap::Held> sums_before;
  std::unordered_map<size_t, heap::Held> sums_after;
  add_side(before, &Change::before, diff, by_stack, sums_before);
  add_side(after, &Change::after, diff, by_stack, sums_after);

  for (uint32_t stack = 0; stack < by_stack.size(); ++stack) {
    const Change& change = by_stack[stack];
    if (change.before.blocks != 0 || change.after.blocks != 0)
      diff.rows.push_back({StackNumber{stack}, change});
  }
  std::sort(diff.rows.begin(), diff.rows.end(), [&](const StackChange& a, const StackChange& b) {
    if (is_larger(a.change, b.change)) return true;
    if (is_larger(b.change, a.change)) return false;
    return diff.stacks.compare(a.stack, b.stack) < 0;
  });
  for (const ProcessPair& pair : pairs_of(before, after)) {
    ProcessChange process{pair, {}};
    if (pair.before) process.change.before = sums_before[*pair.before];
    if (pair.after) process.change.after = sums_after[*pair.after];
    diff.processes.push_back(process);
  }
  std::stable_sort(
      diff.processes.begin(), diff.processes.end(),
      [](const ProcessChange& a, const ProcessChange& b) { return is_larger(a.change, b.change); });
  return diff;
}

}  // namespace memprof::compare
