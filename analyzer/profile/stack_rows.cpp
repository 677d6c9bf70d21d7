#include "analyzer/profile/stack_rows.h"

#include <algorithm>

#include "analyzer/heap/context_tree.h"

namespace memprof::profile {
namespace {

/// Gives equal stacks one number, over all processes.
class StackNumbers {
 public:
  StackNumbers(const Run& run, const Addresses& addresses) : run_(run), addresses_(addresses) {}

  /// Starts with another process: context ids are its own.
  void enter(size_t process) {
    const heap::ProcessHeap& before = run_.processes[process_].heap;
    const heap::ProcessHeap& heap = run_.processes[process].heap;
    const bool same_stacks = !known_.empty() && heap.contexts.shares_with(before.contexts) &&
                             heap.locations.shares_with(before.locations);
    process_ = process;
    if (!same_stacks) known_.assign(heap.contexts.size(), 0);
  }

  uint32_t number(heap::ContextId context) {
    const auto& contexts = run_.processes[process_].heap.contexts;
    // Outwards to the first caller with a number, then back in. Stacks are too deep for recursion.
    path_.clear();
    while (context != heap::kRootContext && known_[index(context)] == 0) {
      path_.push_back(context);
      context = contexts[index(context)].parent;
    }
    uint32_t number = context == heap::kRootContext ? 0 : known_[index(context)];
    for (auto inner = path_.rbegin(); inner != path_.rend(); ++inner) {
      const AddressId address = addresses_.at(process_, contexts[index(*inner)].location);
      number = static_cast<uint32_t>(
          tree_.child(heap::ContextId{number}, static_cast<uint32_t>(address)));
      known_[index(*inner)] = number;
    }
    return number;
  }

 private:
  static size_t index(heap::ContextId context) { return static_cast<uint32_t>(context); }

  const Run& run_;
  const Addresses& addresses_;
  size_t process_ = 0;
  std::vector<uint32_t> known_;  // by context of this process; 0: not yet
  heap::ContextTree tree_;       // of addresses; its nodes are the numbers
  std::vector<heap::ContextId> path_;
};

std::shared_ptr<heap::SiteDetails> details_of(const heap::ProcessHeap& heap, size_t site,
                                              size_t process) {
  if (site >= heap.details.size()) return nullptr;
  auto details = std::make_shared<heap::SiteDetails>(heap.details[site]);
  for (heap::ThreadShare& share : details->threads) share.process = static_cast<uint32_t>(process);
  return details;
}

}  // namespace

void add_details(std::shared_ptr<heap::SiteDetails>& sum,
                 const std::shared_ptr<heap::SiteDetails>& details) {
  if (details == nullptr) return;
  auto both = std::make_shared<heap::SiteDetails>(sum == nullptr ? heap::SiteDetails{} : *sum);
  *both += *details;
  sum = std::move(both);
}

HeldOf held_of(const RunMoment& moment) {
  return [&moment](size_t process) {
    const auto found = moment.processes.find(process);
    return found == moment.processes.end() ? nullptr : &found->second.held;
  };
}

std::vector<StackRow> stack_rows(const Run& run, const Addresses& addresses,
                                 std::span<const size_t> processes, const HeldOf& held,
                                 const std::function<bool(const heap::Counts&)>& keep) {
  std::vector<StackRow> rows;
  const bool distinct = processes.size() == 1 && !addresses.has_duplicates(processes[0]);
  StackNumbers numbers(run, addresses);
  constexpr size_t kNoRow = SIZE_MAX;
  std::vector<size_t> row_of;  // by the stack's number
  for (const size_t process : processes) {
    const heap::ProcessHeap& heap = run.processes[process].heap;
    if (!distinct) numbers.enter(process);
    const std::vector<heap::Held>* held_here = held ? held(process) : nullptr;
    for (size_t i = 0; i < heap.sites.size(); ++i) {
      const heap::Site& site = heap.sites[i];
      heap::Counts counts = site.counts;
      if (held) {
        const bool known = held_here != nullptr && i < held_here->size();
        counts.at_bytes = known ? (*held_here)[i].bytes : 0;
        counts.at_blocks = known ? (*held_here)[i].blocks : 0;
      }
      if (keep && !keep(counts)) continue;
      if (i == heap.folded_site) {
        rows.push_back({process, site.context, counts, nullptr, true});
        continue;
      }
      if (!distinct) {
        const uint32_t number = numbers.number(site.context);
        if (number >= row_of.size())
          row_of.resize(std::max<size_t>(number + 1, row_of.size() * 2), kNoRow);
        if (row_of[number] != kNoRow) {
          StackRow& row = rows[row_of[number]];
          row.counts += counts;
          add_details(row.details, details_of(heap, i, process));
          continue;
        }
        row_of[number] = rows.size();
      }
      rows.push_back({process, site.context, counts, details_of(heap, i, process), false});
    }
  }
  return rows;
}

int compare_stacks(const Run& run, const Addresses& addresses, const StackRow& a,
                   const StackRow& b) {
  const auto& contexts_a = run.processes[a.process].heap.contexts;
  const auto& contexts_b = run.processes[b.process].heap.contexts;
  heap::ContextId at_a = a.context;
  heap::ContextId at_b = b.context;
  while (at_a != heap::kRootContext && at_b != heap::kRootContext) {
    if (a.process == b.process && at_a == at_b) return 0;
    const heap::Context& inner_a = contexts_a[static_cast<uint32_t>(at_a)];
    const heap::Context& inner_b = contexts_b[static_cast<uint32_t>(at_b)];
    const AddressId address_a = addresses.at(a.process, inner_a.location);
    const AddressId address_b = addresses.at(b.process, inner_b.location);
    if (address_a != address_b) return address_a < address_b ? -1 : 1;
    at_a = inner_a.parent;
    at_b = inner_b.parent;
  }
  return static_cast<int>(at_a != heap::kRootContext) -
         static_cast<int>(at_b != heap::kRootContext);
}

std::vector<AddressId> addresses_of(const Run& run, const Addresses& addresses,
                                    const StackRow& row) {
  std::vector<AddressId> stack;
  const auto& contexts = run.processes[row.process].heap.contexts;
  for (heap::ContextId at = row.context; at != heap::kRootContext;) {
    const heap::Context& inner = contexts[static_cast<uint32_t>(at)];
    if (inner.location != 0) stack.push_back(addresses.at(row.process, inner.location));
    at = inner.parent;
  }
  return stack;
}

}  // namespace memprof::profile
