#include "analyzer/heap/context_tree.h"

#include <algorithm>
#include <utility>

namespace memprof::heap {

namespace {

constexpr size_t kFirstSlots = 1024;

}  // namespace

ContextTree::ContextTree()
    : mask_(kFirstSlots - 1), slots_(mask_ + 1), nodes_{{kRootContext, 0}}, site_of_node_{kNone} {}

std::vector<Context> ContextTree::take_nodes() {
  return std::exchange(nodes_, {});
}

void ContextTree::clear() {
  std::fill(slots_.begin(), slots_.end(), Slot{});
  nodes_.assign({{kRootContext, 0}});
  site_of_node_.assign({kNone});
  sites_.clear();
}

ContextId ContextTree::add(size_t slot, const Context& node, uint32_t hash) {
  const auto id = static_cast<uint32_t>(nodes_.size());
  slots_[slot] = {id, hash};
  nodes_.push_back(node);
  site_of_node_.push_back(kNone);
  if (nodes_.size() * 8 > slots_.size() * 5) grow();
  return ContextId{id};
}

void ContextTree::grow() {
  std::vector<Slot> old(slots_.size() * 2);
  old.swap(slots_);
  mask_ = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.child == kRoot) continue;
    size_t at = slot.hash & mask_;
    while (slots_[at].child != kRoot) at = (at + 1) & mask_;
    slots_[at] = slot;
  }
}

}  // namespace memprof::heap
