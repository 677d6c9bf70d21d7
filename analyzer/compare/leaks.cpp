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

std::vector<heap::Held> live_at_end(const heap::ProcessHeap& heap) {
  std::vector<heap::Held> held;
  for (const heap::Site& site : heap.sites)
    held.push_back({site.counts.live_bytes, site.counts.live_blocks});
  return held;
}

void add_rows(const profile::Run& run, const profile::Addresses& addresses, size_t process,
              Reachability state, const std::vector<heap::Held>& held, Leaks& leaks) {
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
                 const std::vector<size_t>& processes, const Suppressions& suppressions,
                 const std::vector<std::optional<profile::Reached>>& reached) {
  Leaks leaks;
  for (const size_t process : processes) {
    const heap::ProcessHeap& heap = run.processes[process].heap;
    if (heap.totals.live_blocks == 0) continue;
    if (heap.end != heap::End::kExit) {
      leaks.unexamined.push_back({process, {heap.totals.live_bytes, heap.totals.live_blocks}});
      continue;
    }
    const bool known = process < reached.size() && reached[process].has_value();
    const auto add = [&](Reachability state, const std::vector<heap::Held>& held) {
      add_rows(run, names.addresses(), process, state, held, leaks);
    };
    if (known) {
      add(Reachability::kLost, reached[process]->lost);
      add(Reachability::kReachable, reached[process]->reachable);
      add(Reachability::kUnknown, reached[process]->unknown);
    } else {
      add(Reachability::kUnknown, live_at_end(heap));
    }
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
