#include "analyzer/compare/diff.h"

#include <algorithm>
#include <optional>
#include <string>
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

/// Numbers the stacks of one side's contexts.
class SideStacks {
 public:
  SideStacks(const Side& side, SharedStacks& stacks) : side_(side), stacks_(stacks) {
    resolve_names();
  }

  /// Calls `each` with the stack and what is held of each site of the process.
  template <typename Each>
  void visit(size_t process, Each each) {
    const auto found = side_.moment.processes.find(process);
    if (found == side_.moment.processes.end()) return;
    const std::vector<heap::Held>& held = found->second.held;
    const heap::ProcessHeap& heap = side_.run.processes[process].heap;
    // Processes of a profile file share their stacks, and then the numbers of these.
    if (known_.empty() || heap.contexts.identity() != numbered_)
      known_.assign(heap.contexts.size(), std::nullopt);
    numbered_ = heap.contexts.identity();
    for (size_t i = 0; i < held.size(); ++i) {
      if (held[i].blocks != 0) each(number(process, heap.sites[i].context), held[i]);
    }
  }

 private:
  static size_t index(heap::ContextId id) { return static_cast<uint32_t>(id); }

  /// All at once: the symbolizer is fast for many addresses of a module.
  void resolve_names() {
    std::vector<profile::AddressId> wanted;
    for (const size_t process : side_.processes) {
      const auto found = side_.moment.processes.find(process);
      if (found == side_.moment.processes.end()) continue;
      const heap::ProcessHeap& heap = side_.run.processes[process].heap;
      std::vector<bool> seen(heap.contexts.size());
      for (size_t i = 0; i < found->second.held.size(); ++i) {
        if (found->second.held[i].blocks == 0) continue;
        for (heap::ContextId at = heap.sites[i].context;
             at != heap::kRootContext && !seen[index(at)]; at = heap.contexts[index(at)].parent) {
          seen[index(at)] = true;
          const uint32_t location = heap.contexts[index(at)].location;
          if (location != 0) wanted.push_back(side_.names.addresses().at(process, location));
        }
      }
    }
    side_.names.resolve(wanted);
  }

  const std::vector<FrameId>& frames(profile::AddressId address) {
    const auto [known, is_new] = frames_.try_emplace(static_cast<uint32_t>(address));
    if (is_new) {
      const std::string& cwd = side_.run.processes.front().identity.cwd;
      known->second = stacks_.frames_at(side_.names, address, cwd);
    }
    return known->second;
  }

  StackNumber number(size_t process, heap::ContextId context) {
    const heap::ProcessHeap& heap = side_.run.processes[process].heap;
    // Outwards to the first caller with a number, then back in. Stacks are too deep for recursion.
    path_.clear();
    while (context != heap::kRootContext && !known_[index(context)]) {
      path_.push_back(context);
      context = heap.contexts[index(context)].parent;
    }
    StackNumber number = context == heap::kRootContext ? StackNumber{0} : *known_[index(context)];
    for (auto inner = path_.rbegin(); inner != path_.rend(); ++inner) {
      const uint32_t location = heap.contexts[index(*inner)].location;
      // The marker of a cut stack is no frame.
      if (location != 0) {
        const auto& list = frames(side_.names.addresses().at(process, location));
        for (auto frame = list.rbegin(); frame != list.rend(); ++frame)
          number = stacks_.extend(number, *frame);
      }
      known_[index(*inner)] = number;
    }
    return number;
  }

  const Side& side_;
  SharedStacks& stacks_;
  std::unordered_map<uint32_t, std::vector<FrameId>> frames_;  ///< by address
  std::vector<std::optional<StackNumber>> known_;              ///< by context of this process
  const void* numbered_ = nullptr;  ///< the contexts that known_ is about
  std::vector<heap::ContextId> path_;
};

/// Sums one side's sites into the rows of their stacks and, by process, into `sums`.
void add_side(const Side& side, heap::Held Change::*which, Diff& diff,
              std::vector<Change>& by_stack, std::unordered_map<size_t, heap::Held>& sums) {
  SideStacks stacks(side, diff.stacks);
  for (const size_t process : side.processes) {
    stacks.visit(process, [&](StackNumber stack, const heap::Held& held) {
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
