#include "analyzer/compare/leaks.h"

#include <algorithm>

namespace memprof::compare {
namespace {

template <typename Accepts>
heap::Held sum_of(const std::vector<Leak>& rows, Accepts accepts) {
  heap::Held sum;
  for (const Leak& row : rows) {
    if (!accepts(row)) continue;
    sum.bytes += row.held().bytes;
    sum.blocks += row.held().blocks;
  }
  return sum;
}

/// What each site held at the end in that state.
std::vector<heap::Held> held_in(const profile::Process& process, Reachability state) {
  std::vector<heap::Held> held;
  for (size_t i = 0; i < process.heap.sites.size(); ++i) {
    const heap::Counts& counts = process.heap.sites[i].counts;
    const profile::Reached reached =
        process.reached ? process.reached->at(i)
                        : profile::Reached{{}, {}, {counts.live_bytes, counts.live_blocks}};
    held.push_back(state == Reachability::kLost        ? reached.lost
                   : state == Reachability::kReachable ? reached.reachable
                                                       : reached.unknown);
  }
  return held;
}

void add_rows(const profile::Run& run, const profile::Addresses& addresses, size_t process,
              Reachability state, Leaks& leaks) {
  const std::vector<heap::Held> held = held_in(run.processes[process], state);
  const std::vector<size_t> one{process};
  for (profile::StackRow& row : profile::stack_rows(
           run, addresses, one, [&](size_t) { return &held; },
           [](const heap::Counts& counts) { return counts.at_blocks != 0; })) {
    leaks.rows.push_back({process, std::move(row), state, std::nullopt});
  }
}

}  // namespace

heap::Held Leaks::sum(Reachability state) const {
  return sum_of(rows, [&](const Leak& row) { return row.state == state && !row.suppression; });
}

heap::Held Leaks::suppressed() const {
  return sum_of(rows, [](const Leak& row) { return row.suppression.has_value(); });
}

Leaks find_leaks(const profile::Run& run, profile::Names& names,
                 const std::vector<size_t>& processes, const Suppressions& suppressions) {
  Leaks leaks;
  for (const size_t process : processes) {
    const heap::ProcessHeap& heap = run.processes[process].heap;
    if (heap.totals.live_blocks == 0) continue;
    if (heap.end != heap::End::kExit) {
      leaks.unexamined.push_back({process, {heap.totals.live_bytes, heap.totals.live_blocks}});
      continue;
    }
    for (const Reachability state :
         {Reachability::kLost, Reachability::kReachable, Reachability::kUnknown})
      add_rows(run, names.addresses(), process, state, leaks);
  }

  std::vector<std::vector<profile::AddressId>> stacks;
  std::vector<profile::AddressId> wanted;
  for (const Leak& row : leaks.rows) {
    stacks.push_back(profile::addresses_of(run, names.addresses(), row.stack));
    wanted.insert(wanted.end(), stacks.back().begin(), stacks.back().end());
  }
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  names.resolve(wanted);
  SuppressionMatcher matcher(suppressions, names);
  for (size_t i = 0; i < leaks.rows.size(); ++i)
    leaks.rows[i].suppression = matcher.find(stacks[i]);

  std::sort(leaks.rows.begin(), leaks.rows.end(), [&](const Leak& a, const Leak& b) {
    if (a.held().bytes != b.held().bytes) return a.held().bytes > b.held().bytes;
    if (a.process != b.process) return a.process < b.process;
    const int order = profile::compare_stacks(run, names.addresses(), a.stack, b.stack);
    return order != 0 ? order < 0 : a.state < b.state;
  });
  return leaks;
}

bool fails(const Leaks& leaks, FailOn on) {
  const auto any = [&](Reachability state) { return leaks.sum(state).blocks != 0; };
  switch (on) {
    case FailOn::kReachable:
      if (any(Reachability::kReachable)) return true;
      [[fallthrough]];
    case FailOn::kUnknown:
      if (any(Reachability::kUnknown)) return true;
      [[fallthrough]];
    case FailOn::kLost:
      return any(Reachability::kLost);
  }
  return true;
}

}  // namespace memprof::compare
