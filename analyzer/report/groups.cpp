#include "analyzer/report/groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <unordered_map>

#include "analyzer/profile/selection.h"
#include "analyzer/report/allocator_frames.h"
#include "analyzer/report/cumulative.h"

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

/// Fills in GroupRow::cumulative of the first `count` rows.
void add_cumulative(const Run& run, Names& names, const std::vector<StackRow>& stacks,
                    Metric metric, Group group, size_t count, std::vector<GroupRow>& rows) {
  count = std::min(count, rows.size());
  if (count == 0) return;
  Numbers numbers;
  for (size_t i = 0; i < count; ++i) numbers.emplace(rows[i].key, i);
  const auto groups_of = [&](AddressId id) {
    std::vector<size_t> groups;
    for (size_t frame = 0; frame < names.frames(id).size(); ++frame) {
      const auto found = numbers.find(key_of(names, {id, frame}, group));
      if (found != numbers.end()) groups.push_back(found->second);
    }
    return groups;
  };
  const std::vector<uint64_t> sums = cumulative_sums(run, names, stacks, metric, count, groups_of);
  for (size_t i = 0; i < count; ++i) rows[i].cumulative += sums[i];
}

}  // namespace

std::string function_label(const symbols::Frame& frame, const symbols::ModuleKey& module,
                           uint64_t offset) {
  if (!frame.function.empty()) return frame.function;
  return fmt::format("{}+{:#x}", module.path.empty() ? "?" : profile::base_name(module.path),
                     offset);
}

Groups group_stacks(const Run& run, Names& names, const std::vector<StackRow>& all, Metric metric,
                    Group group, size_t cumulative_rows) {
  Groups groups;
  std::vector<StackRow> stacks;
  for (const StackRow& stack : all) {
    if (stack.folded) {
      groups.total += amounts_of(stack.counts, metric);
      groups.folded += amounts_of(stack.counts, metric);
    } else if (!amounts_of(stack.counts, metric).zero()) {
      stacks.push_back(stack);
    }
  }
  const std::vector<std::optional<FrameRef>> frames = GroupFrames(run, names).find(stacks);

  Numbers numbers;
  std::map<std::optional<FrameRef>, size_t> number_of_frame;  // most stacks share theirs
  for (size_t i = 0; i < stacks.size(); ++i) {
    const Amounts amounts = amounts_of(stacks[i].counts, metric);
    const auto [known, is_new_frame] = number_of_frame.try_emplace(frames[i]);
    if (is_new_frame) {
      GroupKey key;
      if (frames[i]) {
        key = key_of(names, *frames[i], group);
      } else {
        key.function = kNoStack;
      }
      const auto [number, is_new] = numbers.emplace(std::move(key), groups.rows.size());
      if (is_new) groups.rows.push_back({number->first, {}, 0, stacks[i], nullptr});
      known->second = number->second;
    }
    GroupRow& row = groups.rows[known->second];
    if (!frames[i]) row.cumulative += amounts.first;
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
  std::sort(groups.rows.begin(), groups.rows.end(), [](const GroupRow& a, const GroupRow& b) {
    if (a.flat.first != b.flat.first) return a.flat.first > b.flat.first;
    return a.key < b.key;
  });
  add_cumulative(run, names, stacks, metric, group, cumulative_rows, groups.rows);
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
