#include "analyzer/compare/check.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <unordered_map>

#include "analyzer/base/error.h"
#include "analyzer/compare/suppressions.h"
#include "analyzer/compare/trend.h"
#include "analyzer/profile/selection.h"

namespace memprof::compare {
namespace {

double above(uint64_t end, uint64_t begin) {
  return static_cast<double>(end > begin ? end - begin : 0);
}

std::optional<double> share(uint64_t part, uint64_t whole) {
  if (whole == 0) return std::nullopt;
  return 100 * static_cast<double>(part) / static_cast<double>(whole);
}

/// An RSS of 0 was never measured.
std::optional<double> rss(double bytes, uint64_t peak_bytes) {
  if (peak_bytes == 0) return std::nullopt;
  return bytes;
}

std::optional<double> of_tree(const profile::Run& run, BudgetFigure figure) {
  heap::Counts sum;
  for (const profile::Process& process : run.processes) sum += process.heap.totals;
  switch (figure) {
    case BudgetFigure::kPeakHeap:
      return static_cast<double>(run.tree.peak_heap_bytes);
    case BudgetFigure::kPeakRss:
      return rss(static_cast<double>(run.tree.peak_rss_bytes), run.tree.peak_rss_bytes);
    case BudgetFigure::kAllocations:
      return static_cast<double>(sum.allocations);
    case BudgetFigure::kLiveAtExit:
      return static_cast<double>(sum.live_bytes);
    case BudgetFigure::kTemporaryShare:
      return share(sum.temporary, sum.allocations);
    case BudgetFigure::kPeakHeapDelta:
    case BudgetFigure::kPeakRssDelta:
    case BudgetFigure::kKept:
      break;
  }
  return std::nullopt;
}

std::optional<double> of_counts(const heap::Counts& counts, BudgetFigure figure) {
  switch (figure) {
    case BudgetFigure::kPeakHeap:
      return static_cast<double>(counts.peak_bytes);
    case BudgetFigure::kAllocations:
      return static_cast<double>(counts.allocations);
    case BudgetFigure::kLiveAtExit:
      return static_cast<double>(counts.live_bytes);
    case BudgetFigure::kTemporaryShare:
      return share(counts.temporary, counts.allocations);
    case BudgetFigure::kPeakRss:
    case BudgetFigure::kPeakRssDelta:
    case BudgetFigure::kPeakHeapDelta:
    case BudgetFigure::kKept:
      break;
  }
  return std::nullopt;
}

std::optional<double> of_process(const heap::ProcessHeap& heap, BudgetFigure figure) {
  if (figure == BudgetFigure::kPeakRss)
    return rss(static_cast<double>(heap.rss.peak_bytes), heap.rss.peak_bytes);
  if (figure == BudgetFigure::kPeakRssDelta)
    return rss(above(heap.rss.peak_bytes, heap.rss.baseline_bytes), heap.rss.peak_bytes);
  return of_counts(heap.totals, figure);
}

std::optional<double> of_phase(const heap::Phase& phase, BudgetFigure figure) {
  switch (figure) {
    case BudgetFigure::kPeakHeap:
      return static_cast<double>(phase.heap_peak_bytes);
    case BudgetFigure::kPeakHeapDelta:
      return above(phase.heap_peak_bytes, phase.heap_begin_bytes);
    case BudgetFigure::kPeakRss:
      return rss(static_cast<double>(phase.rss_peak_bytes), phase.rss_peak_bytes);
    case BudgetFigure::kPeakRssDelta:
      return rss(above(phase.rss_peak_bytes, phase.rss_begin_bytes), phase.rss_peak_bytes);
    case BudgetFigure::kAllocations:
      return static_cast<double>(phase.allocations);
    case BudgetFigure::kKept:
      return above(phase.heap_end_bytes, phase.heap_begin_bytes);
    case BudgetFigure::kLiveAtExit:
    case BudgetFigure::kTemporaryShare:
      break;
  }
  return std::nullopt;
}

std::vector<size_t> processes_of(const profile::Run& run, const std::string& glob) {
  try {
    return profile::select_processes(run, glob);
  } catch (const Error&) {
    return {};  // none matches; whether that is an error is the limit's affair
  }
}

/// Which addresses have a frame of a function that the pattern matches.
class Matches {
 public:
  Matches(profile::Names& names, const std::string& pattern) : names_(names), pattern_(pattern) {}

  bool at(profile::AddressId address) {
    const auto [known, is_new] = known_.try_emplace(static_cast<uint32_t>(address));
    if (is_new) {
      for (const symbols::Frame& frame : names_.frames(address))
        known->second = known->second || matches_pattern(pattern_, frame.function);
    }
    return known->second;
  }

 private:
  profile::Names& names_;
  const std::string& pattern_;
  std::unordered_map<uint32_t, bool> known_;
};

/// What the process's stacks with a matching frame add up to; nullopt when there is none.
std::optional<heap::Counts> counts_of(const heap::ProcessHeap& heap, size_t process,
                                      const profile::Addresses& addresses, Matches& matches) {
  std::vector<bool> within(heap.contexts.size());
  // A caller's number is below its callees'.
  for (size_t i = 1; i < heap.contexts.size(); ++i) {
    const heap::Context& context = heap.contexts[i];
    within[i] = within[static_cast<uint32_t>(context.parent)] ||
                (context.location != 0 && matches.at(addresses.at(process, context.location)));
  }
  heap::Counts sum;
  bool any = false;
  for (const heap::Site& site : heap.sites) {
    if (!within[static_cast<uint32_t>(site.context)]) continue;
    sum += site.counts;
    any = true;
  }
  if (!any) return std::nullopt;
  return sum;
}

void resolve_all(const profile::Run& run, profile::Names& names,
                 const std::vector<size_t>& processes) {
  std::vector<profile::AddressId> wanted;
  for (const size_t process : processes) {
    for (const heap::Context& context : run.processes[process].heap.contexts) {
      if (context.location != 0) wanted.push_back(names.addresses().at(process, context.location));
    }
  }
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  names.resolve(wanted);
}

}  // namespace

std::optional<double> measure(const profile::Run& run, profile::Names& names, const Limit& limit) {
  const BudgetScope& scope = limit.scope;
  if (scope.is_tree()) return of_tree(run, limit.figure);
  const std::vector<size_t> processes = processes_of(run, scope.process);
  std::optional<double> largest;
  const auto add = [&largest](std::optional<double> value) {
    if (value && (!largest || *value > *largest)) largest = value;
  };
  if (!scope.function.empty()) resolve_all(run, names, processes);
  Matches matches(names, scope.function);
  for (const size_t process : processes) {
    const heap::ProcessHeap& heap = run.processes[process].heap;
    if (!scope.phase.empty()) {
      for (const heap::Phase& phase : heap.phases) {
        if (phase.name == scope.phase) add(of_phase(phase, limit.figure));
      }
    } else if (!scope.function.empty()) {
      if (const auto counts = counts_of(heap, process, names.addresses(), matches))
        add(of_counts(*counts, limit.figure));
    } else {
      add(of_process(heap, limit.figure));
    }
  }
  return largest;
}

std::vector<LimitResult> check(const Budget& budget, const Baseline& baseline,
                               const std::vector<std::vector<std::optional<double>>>& values) {
  using State = LimitResult::State;
  std::vector<LimitResult> results;
  for (size_t i = 0; i < budget.limits.size(); ++i) {
    const Limit& limit = budget.limits[i];
    LimitResult result;
    result.limit = limit;
    result.baseline = baseline.value(limit);
    bool everywhere = !values[i].empty();
    for (const std::optional<double>& value : values[i]) {
      everywhere = everywhere && value.has_value();
      if (value) result.values.push_back(*value);
    }
    if (!limit.max && !result.baseline && (everywhere || !limit.optional)) {
      throw Error(fmt::format("cannot check: {}:{}: {} has no baseline: memprof check "
                              "--write-baseline makes one",
                              budget.path, limit.line, limit.name),
                  Error::Exit::kUsage);
    }
    result.value = median_of(result.values);
    result.bound = limit.bound(result.baseline.value_or(0));
    if (!everywhere) {
      result.state = limit.optional ? State::kSkipped : State::kMissing;
    } else {
      result.state = result.value > result.bound ? State::kOver : State::kKept;
    }
    results.push_back(std::move(result));
  }
  return results;
}

std::vector<Moved> moved_most(const FunctionBytes& before, const FunctionBytes& after) {
  std::vector<Moved> moved;
  for (const auto& [function, bytes] : after) {
    const auto old = before.find(function);
    moved.push_back({function, old == before.end() ? 0 : old->second, bytes});
  }
  for (const auto& [function, bytes] : before) {
    if (!after.contains(function)) moved.push_back({function, bytes, 0});
  }
  std::erase_if(moved, [](const Moved& one) { return one.delta() == 0; });
  const auto size = [](const Moved& one) {
    return one.before > one.after ? one.before - one.after : one.after - one.before;
  };
  std::stable_sort(moved.begin(), moved.end(),
                   [&](const Moved& a, const Moved& b) { return size(a) > size(b); });
  return moved;
}

}  // namespace memprof::compare
