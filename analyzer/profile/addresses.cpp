#include "analyzer/profile/addresses.h"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace memprof::profile {
namespace {

symbols::ModuleKey key_of(const heap::Module& module) {
  return {module.path, module.build_id};
}

}  // namespace

Addresses::Addresses(const Run& run) {
  std::map<symbols::ModuleKey, uint32_t> numbers{{{}, 0}};
  const void* last_modules = nullptr;
  for (const Process& process : run.processes) {
    if (process.heap.modules.identity() == last_modules) continue;
    last_modules = process.heap.modules.identity();
    for (const heap::Module& module : process.heap.modules) numbers.emplace(key_of(module), 0);
  }
  for (auto& [key, number] : numbers) {
    number = static_cast<uint32_t>(modules_.size());
    modules_.push_back(key);
  }

  struct EntryHash {
    size_t operator()(const Entry& e) const {
      return static_cast<size_t>((e.offset ^ (uint64_t{e.module} << 48)) * 0x9e3779b97f4a7c15ULL);
    }
  };
  std::unordered_map<Entry, uint32_t, EntryHash> seen;
  // In the order of first sight, after the cut address; ids_ holds indexes into it for now.
  std::vector<Entry> found{{0, 0}};
  ids_.resize(run.processes.size());
  std::map<std::pair<const void*, const void*>, size_t> first_of;  // by the tables shared
  for (size_t p = 0; p < run.processes.size(); ++p) {
    const heap::ProcessHeap& heap = run.processes[p].heap;
    const auto [first, is_first] =
        first_of.emplace(std::pair(heap.locations.identity(), heap.modules.identity()), p);
    if (!is_first) {
      ids_[p] = ids_[first->second];
      continue;
    }
    ids_[p] = std::make_shared<std::vector<AddressId>>();
    std::vector<uint32_t> module_numbers;
    for (const heap::Module& module : heap.modules) {
      module_numbers.push_back(numbers.at(key_of(module)));
    }
    ids_[p]->reserve(heap.locations.size());
    ids_[p]->push_back(kCutAddress);
    for (size_t i = 1; i < heap.locations.size(); ++i) {
      const heap::Location& location = heap.locations[i];
      const bool known = location.module < heap.modules.size();
      const uint64_t bias = known ? heap.modules[location.module].bias : 0;
      const Entry entry{known ? module_numbers[location.module] : 0,
                        location.lookup_address() - bias};
      const auto [position, is_new] = seen.emplace(entry, static_cast<uint32_t>(found.size()));
      if (is_new) found.push_back(entry);
      ids_[p]->push_back(AddressId{position->second});
    }
  }

  std::vector<uint32_t> order(found.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin() + 1, order.end(),
            [&](uint32_t a, uint32_t b) { return found[a] < found[b]; });
  std::vector<AddressId> final_ids(found.size());
  for (const uint32_t index : order) {
    final_ids[index] = AddressId{static_cast<uint32_t>(entries_.size())};
    entries_.push_back(found[index]);
  }
  has_duplicates_.resize(ids_.size());
  for (const auto& [tables, p] : first_of) {
    for (AddressId& id : *ids_[p]) id = final_ids[static_cast<uint32_t>(id)];
    std::vector<AddressId> sorted = *ids_[p];
    std::sort(sorted.begin(), sorted.end());
    has_duplicates_[p] = std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end();
  }
  for (size_t p = 0; p < ids_.size(); ++p) {
    const heap::ProcessHeap& heap = run.processes[p].heap;
    const auto tables = std::pair(heap.locations.identity(), heap.modules.identity());
    has_duplicates_[p] = has_duplicates_[first_of.at(tables)];
  }
}

}  // namespace memprof::profile
