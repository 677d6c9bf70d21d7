#include "analyzer/report/cumulative.h"

#include <bit>
#include <map>
#include <utility>

namespace memprof::report {
namespace {

using profile::AddressId;
using profile::StackRow;

/// A set of small numbers that says for each member how many are smaller: the place of its values
/// in an array without gaps.
class RankedSet {
 public:
  explicit RankedSet(size_t bound) : words_(bound / 64 + 1) {}

  /// Whether it is new.
  bool insert(uint32_t number) {
    uint64_t& word = words_[number / 64];
    const uint64_t bit = uint64_t{1} << number % 64;
    const bool is_new = (word & bit) == 0;
    word |= bit;
    return is_new;
  }

  /// The members in order. Nothing may be inserted afterwards.
  std::vector<uint32_t> finish() {
    std::vector<uint32_t> members;
    for (size_t i = 0; i < words_.size(); ++i) {
      below_.push_back(static_cast<uint32_t>(members.size()));
      for (uint64_t word = words_[i]; word != 0; word &= word - 1) {
        members.push_back(static_cast<uint32_t>(i * 64) +
                          static_cast<uint32_t>(std::countr_zero(word)));
      }
    }
    return members;
  }

  /// REQUIRES: a member.
  uint32_t rank(uint32_t number) const {
    const uint64_t smaller = words_[number / 64] & ((uint64_t{1} << number % 64) - 1);
    return below_[number / 64] + static_cast<uint32_t>(std::popcount(smaller));
  }

 private:
  std::vector<uint64_t> words_;
  std::vector<uint32_t> below_;  ///< by word: members in the words before
};

/// The nodes of a process's calling-context tree that stand in given stacks: parents first, [0] the
/// root.
struct Node {
  uint32_t parent;    ///< index
  uint32_t location;  ///< of the process
  uint64_t value;     ///< of all stacks that end here or go through here
};

std::vector<Node> nodes_of(const heap::SharedVector<heap::Context>& tree,
                           const std::vector<const StackRow*>& stacks, Metric metric) {
  RankedSet set(tree.size());
  set.insert(0);
  for (const StackRow* stack : stacks) {
    auto at = static_cast<uint32_t>(stack->context);
    while (set.insert(at)) at = static_cast<uint32_t>(tree[at].parent);
  }
  std::vector<Node> nodes;
  for (const uint32_t context : set.finish()) {
    const heap::Context& node = tree[context];
    nodes.push_back({set.rank(static_cast<uint32_t>(node.parent)), node.location, 0});
  }
  for (const StackRow* stack : stacks) {
    Node& node = nodes[set.rank(static_cast<uint32_t>(stack->context))];
    node.value += amounts_of(stack->counts, metric).first;
  }
  for (size_t i = nodes.size() - 1; i > 0; --i) nodes[nodes[i].parent].value += nodes[i].value;
  return nodes;
}

class Sums {
 public:
  Sums(profile::Names& names, size_t groups,
       const std::function<std::vector<size_t>(AddressId)>& groups_of)
      : names_(names),
        groups_of_(groups_of),
        sums_(groups),
        known_(names.addresses().size()),
        groups_at_(names.addresses().size()) {}

  void add(size_t process, const std::vector<Node>& nodes) {
    resolve(process, nodes);
    for (size_t first = 0; first < sums_.size(); first += 64) add(process, nodes, first);
  }

  const std::vector<uint64_t>& sums() const { return sums_; }

 private:
  uint32_t address(size_t process, const Node& node) const {
    return static_cast<uint32_t>(names_.addresses().at(process, node.location));
  }

  void resolve(size_t process, const std::vector<Node>& nodes) {
    std::vector<AddressId> wanted;
    for (size_t i = 1; i < nodes.size(); ++i) {
      const uint32_t id = address(process, nodes[i]);
      if (AddressId{id} == profile::kCutAddress || known_[id]) continue;
      known_[id] = true;
      wanted.push_back(AddressId{id});
    }
    names_.resolve(wanted);
    for (const AddressId id : wanted) groups_at_[static_cast<uint32_t>(id)] = groups_of_(id);
  }

  /// For 64 groups from `first` on.
  void add(size_t process, const std::vector<Node>& nodes, size_t first) {
    std::vector<uint64_t> added(nodes.size());  // by node: to which groups it or a caller has added
    for (size_t i = 1; i < nodes.size(); ++i) {
      added[i] = added[nodes[i].parent];
      for (const size_t group : groups_at_[address(process, nodes[i])]) {
        if (group < first || group >= first + 64) continue;
        const uint64_t bit = uint64_t{1} << (group - first);
        if ((added[i] & bit) == 0) sums_[group] += nodes[i].value;
        added[i] |= bit;
      }
    }
  }

  profile::Names& names_;
  const std::function<std::vector<size_t>(AddressId)>& groups_of_;
  std::vector<uint64_t> sums_;
  std::vector<bool> known_;                     ///< by address
  std::vector<std::vector<size_t>> groups_at_;  ///< by address
};

}  // namespace

std::vector<uint64_t> cumulative_sums(
    const profile::Run& run, profile::Names& names, const std::vector<StackRow>& stacks,
    Metric metric, size_t groups, const std::function<std::vector<size_t>(AddressId)>& groups_of) {
  // Processes that share their stacks are one.
  std::map<std::pair<const void*, const void*>, std::vector<const StackRow*>> by_tree;
  for (const StackRow& stack : stacks) {
    const heap::ProcessHeap& heap = run.processes[stack.process].heap;
    by_tree[{heap.contexts.identity(), heap.locations.identity()}].push_back(&stack);
  }
  Sums sums(names, groups, groups_of);
  for (const auto& [tree, rows] : by_tree) {
    const size_t process = rows.front()->process;
    sums.add(process, nodes_of(run.processes[process].heap.contexts, rows, metric));
  }
  return sums.sums();
}

}  // namespace memprof::report
