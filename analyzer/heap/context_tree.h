#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "analyzer/heap/hash.h"
#include "analyzer/heap/hint.h"
#include "analyzer/heap/process_heap.h"

namespace memprof::heap {

/// The calling-context tree while it grows: one node per (parent, location), numbered in the order
/// of first use, so a parent's number is below its children's. Nodes that allocate have a site
/// number too.
class ContextTree {
 public:
  ContextTree();

  /// The node of `location` called from `parent`, made when it is new. A hash lookup, one cache
  /// miss.
  ContextId child(ContextId parent, uint32_t location) {
    return child(parent, location, folded(hash_of(key_of(parent, location), seed_)));
  }

  /// The same for a whole path whose hash is known before its parent's node is, so that prefetch()
  /// can go ahead. Of one tree, either all children are asked for like this or none is.
  ContextId child(ContextId parent, uint32_t location, uint32_t hash) {
    size_t at = hash & mask_;
    while (slots_[at].child != kRoot) {
      const Slot slot = slots_[at];
      if (slot.hash == hash && nodes_[slot.child] == Context{parent, location})
        return ContextId{slot.child};
      at = (at + 1) & mask_;
    }
    return add(at, {parent, location}, hash);
  }

  /// The hash of a path, by that of its parent's (the root's is 0).
  uint32_t path_hash(uint32_t parent_hash, uint32_t location) const {
    return folded(hash_of(uint64_t{parent_hash} << 32 | location, seed_));
  }

  /// Two hints that child() will be asked for a path of this hash: first well ahead, then sooner.
  MEMPROF_HINT void prefetch(uint32_t hash) const { __builtin_prefetch(&slots_[hash & mask_]); }
  MEMPROF_HINT void prefetch_node(uint32_t hash) const {
    __builtin_prefetch(&nodes_[slots_[hash & mask_].child]);
  }

  /// The number of the node's site, given out from 0 at the first call.
  uint32_t site_of(ContextId context) {
    uint32_t& site = site_of_node_[static_cast<uint32_t>(context)];
    if (site == kNone) [[unlikely]] {
      site = static_cast<uint32_t>(sites_.size());
      sites_.push_back(context);
    }
    return site;
  }

  /// The context of each site.
  const std::vector<ContextId>& sites() const { return sites_; }

  const std::vector<Context>& nodes() const { return nodes_; }

  /// Gives the nodes away; the tree may only be destroyed then.
  std::vector<Context> take_nodes();

  /// Back to the root alone; the memory stays.
  void clear();

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  static constexpr uint32_t kRoot = static_cast<uint32_t>(kRootContext);
  /// Small, as the table of a large process fits no cache: what the child is stands in nodes_.
  struct Slot {
    uint32_t child = kRoot;  ///< the root, which is nobody's child: the slot is free
    uint32_t hash = 0;
  };

  static uint64_t key_of(ContextId parent, uint32_t location) {
    return uint64_t{static_cast<uint32_t>(parent)} << 32 | location;
  }
  static uint32_t folded(uint64_t hash) { return static_cast<uint32_t>(hash ^ hash >> 32); }

  ContextId add(size_t slot, const Context& node, uint32_t hash);
  void grow();

  uint64_t seed_ = hash_seed();
  size_t mask_;
  std::vector<Slot> slots_;
  std::vector<Context> nodes_;
  std::vector<uint32_t> site_of_node_;
  std::vector<ContextId> sites_;
};

}  // namespace memprof::heap
