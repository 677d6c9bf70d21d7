#include "analyzer/compare/side_stacks.h"

namespace memprof::compare {
namespace {

size_t index(heap::ContextId id) {
  return static_cast<uint32_t>(id);
}

}  // namespace

SideStacks::SideStacks(const Side& side, SharedStacks& stacks) : side_(side), stacks_(stacks) {
  resolve_names();
}

/// All at once: the symbolizer is fast for many addresses of a module.
void SideStacks::resolve_names() {
  std::vector<profile::AddressId> wanted;
  for (const size_t process : side_.processes) {
    const auto found = side_.moment.processes.find(process);
    if (found == side_.moment.processes.end()) continue;
    const heap::ProcessHeap& heap = side_.run.processes[process].heap;
    std::vector<bool> seen(heap.contexts.size());
    for (size_t i = 0; i < found->second.held.size(); ++i) {
      if (found->second.held[i].blocks == 0) continue;
      for (heap::ContextId at = heap.sites[i].context; at != heap::kRootContext && !seen[index(at)];
           at = heap.contexts[index(at)].parent) {
        seen[index(at)] = true;
        const uint32_t location = heap.contexts[index(at)].location;
        if (location != 0) wanted.push_back(side_.names.addresses().at(process, location));
      }
    }
  }
  side_.names.resolve(wanted);
}

const std::vector<FrameId>& SideStacks::frames(profile::AddressId address) {
  const auto [known, is_new] = frames_.try_emplace(static_cast<uint32_t>(address));
  if (is_new) {
    const std::string& cwd = side_.run.processes.front().identity.cwd;
    known->second = stacks_.frames_at(side_.names, address, cwd);
  }
  return known->second;
}

StackNumber SideStacks::number(size_t process, heap::ContextId context) {
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

}  // namespace memprof::compare
