#include "analyzer/report/groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <unordered_map>

#include "analyzer/profile/selection.h"
#include "analyzer/report/allocator_frames.h"

namespace memprof::report {
namespace {

using profile::AddressId;
using profile::Names;
using profile::Run;
using profile::StackRow;

constexpr char kNoStack[] = "[no stack]";

struct KeyHash {
  size_t operator()(const GroupKey& key) const {
    const std::hash<std::string> hash;
    return hash(key.function) * 31 + hash(key.file) * 17 + hash(key.module) + key.line;
  }
};

bool is_allocator(const Names& names, FrameRef ref) {
  return is_allocator_frame(names.frames(ref.address)[ref.frame],
                            names.addresses().module(ref.address).path);
}

GroupKey key_of(const Names& names, FrameRef ref, Group group) {
  const symbols::Frame& frame = names.frames(ref.address)[ref.frame];
  const symbols::ModuleKey& module = names.addresses().module(ref.address);
  GroupKey key;
  if (group == Group::kModule) {
    key.module = module.path;
    return key;
  }
  key.file = frame.file;
  if (key.file.empty()) key.module = module.path;
  if (group == Group::kFile) return key;
  if (group == Group::kLine) key.line = frame.line;
  // By function, code without symbols is one row per module.
  const bool by_address = group == Group::kLine || !frame.function.empty();
  if (by_address)
    key.function = function_label(frame, module, names.addresses().offset(ref.address));
  return key;
}

/// Finds the frame that each stack is grouped by.
class GroupFrames {
 public:
  GroupFrames(const Run& run, Names& names) : run_(run), names_(names) {}

  /// nullopt for a stack without frames. All stacks go outwards together, one address a round, so
  /// that each round's names are looked up at once.
  std::vector<std::optional<FrameRef>> find(const std::vector<StackRow>& stacks) {
    std::vector<std::optional<FrameRef>> found(stacks.size());
    std::vector<Pending> pending;
    for (size_t i = 0; i < stacks.size(); ++i) {
      const AddressId innermost = address_at(stacks[i], stacks[i].context);
      if (innermost == profile::kCutAddress) continue;
      pending.push_back({i, stacks[i].context});
      found[i] = FrameRef{innermost, 0};
    }
    while (!pending.empty()) {
      std::vector<AddressId> wanted;
      for (const Pending& p : pending) wanted.push_back(address_at(stacks[p.stack], p.at));
      names_.resolve(wanted);
      std::vector<Pending> still;
      for (size_t i = 0; i < pending.size(); ++i) {
        const StackRow& stack = stacks[pending[i].stack];
        if (const auto frame = first_visible(wanted[i])) {
          found[pending[i].stack] = FrameRef{wanted[i], *frame};
          continue;
        }
        const heap::ContextId caller = parent(stack, pending[i].at);
        if (address_at(stack, caller) != profile::kCutAddress) {
          still.push_back({pending[i].stack, caller});
        }
      }
      pending = std::move(still);
    }
    return found;
  }

 private:
  struct Pending {
    size_t stack;
    heap::ContextId at;
  };

  const heap::Context& context(const StackRow& row, heap::ContextId id) const {
    return run_.processes[row.process].heap.contexts[static_cast<uint32_t>(id)];
  }
  heap::ContextId parent(const StackRow& row, heap::ContextId id) const {
    return context(row, id).parent;
  }
  /// The cut address also where there is no frame any more.
  AddressId address_at(const StackRow& row, heap::ContextId id) const {
    if (id == heap::kRootContext) return profile::kCutAddress;
    return names_.addresses().at(row.process, context(row, id).location);
  }

  std::optional<size_t> first_visible(AddressId address) {
    const auto [known, is_new] = first_visible_.try_emplace(address);
    if (is_new) {
      const size_t count = names_.frames(address).size();
      for (size_t frame = 0; frame < count && !known->second; ++frame) {
        if (!is_allocator(names_, {address, frame})) known->second = frame;
      }
    }
    return known->second;
  }

  const Run& run_;
  Names& names_;
  std::unordered_map<AddressId, std::optional<size_t>> first_visible_;
};

using Numbers = std::unordered_map<GroupKey, size_t, KeyHash>;

/// Adds each stack once to the rows of all groups that occur in it.
class Cumulative {
 public:
  Cumulative(const Run& run, Names& names, Group group, const Numbers& numbers,
             std::vector<GroupRow>& rows)
      : run_(run),
        names_(names),
        group_(group),
        numbers_(numbers),
        rows_(rows),
        last_stack_(rows.size(), SIZE_MAX) {}

  void add(const std::vector<StackRow>& stacks, Metric metric) {
    std::vector<AddressId> wanted;
    for (const StackRow& stack : stacks) {
      for (const AddressId id : profile::addresses_of(run_, names_.addresses(), stack)) {
        if (!seen_.emplace(id, std::vector<size_t>()).second) continue;
        wanted.push_back(id);
      }
    }
    names_.resolve(wanted);
    for (const AddressId id : wanted) seen_[id] = groups_at(id);
    for (size_t i = 0; i < stacks.size(); ++i) {
      const uint64_t value = amounts_of(stacks[i].counts, metric).first;
      for (const AddressId id : profile::addresses_of(run_, names_.addresses(), stacks[i])) {
        for (const size_t row : seen_[id]) {
          if (last_stack_[row] == i) continue;
          last_stack_[row] = i;
          rows_[row].cumulative += value;
        }
      }
    }
  }

 private:
  std::vector<size_t> groups_at(AddressId id) const {
    std::vector<size_t> groups;
    for (size_t frame = 0; frame < names_.frames(id).size(); ++frame) {
      const auto found = numbers_.find(key_of(names_, {id, frame}, group_));
      if (found != numbers_.end()) groups.push_back(found->second);
    }
    return groups;
  }

  const Run& run_;
  Names& names_;
  Group group_;
  const Numbers& numbers_;
  std::vector<GroupRow>& rows_;
  std::vector<size_t> last_stack_;  // by row: the stack it was last added for
  std::unordered_map<AddressId, std::vector<size_t>> seen_;
};

}  // namespace

std::string function_label(const symbols::Frame& frame, const symbols::ModuleKey& module,
                           uint64_t offset) {
  if (!frame.function.empty()) return frame.function;
  return fmt::format("{}+{:#x}", module.path.empty() ? "?" : profile::base_name(module.path),
                     offset);
}

Groups group_stacks(const Run& run, Names& names, const std::vector<StackRow>& all, Metric metric,
                    Group group, bool cumulative) {
  std::vector<StackRow> stacks;
  for (const StackRow& stack : all) {
    if (!amounts_of(stack.counts, metric).zero()) stacks.push_back(stack);
  }
  const std::vector<std::optional<FrameRef>> frames = GroupFrames(run, names).find(stacks);

  Groups groups;
  Numbers numbers;
  for (size_t i = 0; i < stacks.size(); ++i) {
    GroupKey key;
    if (frames[i]) {
      key = key_of(names, *frames[i], group);
    } else {
      key.function = kNoStack;
    }
    const Amounts amounts = amounts_of(stacks[i].counts, metric);
    const auto [number, is_new] = numbers.emplace(std::move(key), groups.rows.size());
    if (is_new) {
      groups.rows.push_back({number->first, {}, frames[i] ? 0 : amounts.first, stacks[i], nullptr});
    }
    GroupRow& row = groups.rows[number->second];
    const uint64_t heaviest = amounts_of(row.heaviest.counts, metric).first;
    if (amounts.first > heaviest ||
        (amounts.first == heaviest &&
         profile::compare_stacks(run, names.addresses(), stacks[i], row.heaviest) < 0)) {
      row.heaviest = stacks[i];
    }
    row.flat += amounts;
    profile::add_details(row.details, stacks[i].details);
    groups.total += amounts;
  }
  if (cumulative) Cumulative(run, names, group, numbers, groups.rows).add(stacks, metric);
  std::sort(groups.rows.begin(), groups.rows.end(), [](const GroupRow& a, const GroupRow& b) {
    if (a.flat.first != b.flat.first) return a.flat.first > b.flat.first;
    return a.key < b.key;
  });
  return groups;
}

std::vector<FrameRef> visible_frames(Names& names, const std::vector<AddressId>& stack) {
  names.resolve(stack);
  std::vector<FrameRef> all;
  std::vector<FrameRef> visible;
  for (const AddressId address : stack) {
    for (size_t frame = 0; frame < names.frames(address).size(); ++frame) {
      all.push_back({address, frame});
      if (!is_allocator(names, all.back())) visible.push_back(all.back());
    }
  }
  return visible.empty() ? all : visible;
}

}  // namespace memprof::report
