#include "analyzer/heap/context_tree.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace memprof::heap {

namespace {

constexpr size_t kFirstSlots = 1024;

}  // namespace

ContextTree::ContextTree(size_t expected)
    : mask_(std::bit_ceil(std::max(kFirstSlots, expected * 8 / 5)) - 1),
      slots_(mask_ + 1, Slot{0, kNone, 0}),
      nodes_{{kRootContext, 0}},
      site_of_node_{kNone} {}

std::vector<Context> ContextTree::take_nodes() {
  return std::exchange(nodes_, {});
}

ContextId ContextTree::add(size_t slot, uint64_t key, uint32_t hash) {
  const auto id = static_cast<uint32_t>(nodes_.size());
  slots_[slot] = {key, id, hash};
  nodes_.push_back({ContextId{static_cast<uint32_t>(key >> 32)}, static_cast<uint32_t>(key)});
  site_of_node_.push_back(kNone);
  if (nodes_.size() * 8 > slots_.size() * 5) grow();
  return ContextId{id};
}

void ContextTree::grow() {
  std::vector<Slot> old(slots_.size() * 2, Slot{0, kNone, 0});
  old.swap(slots_);
  mask_ = slots_.size() - 1;
  for (const Slot& slot : old) {
    if (slot.child == kNone) continue;
    size_t at = slot.hash & mask_;
    while (slots_[at].child != kNone) at = (at + 1) & mask_;
    slots_[at] = slot;
  }
}

}  // namespace memprof::heap
