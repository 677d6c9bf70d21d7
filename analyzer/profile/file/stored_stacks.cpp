#include "analyzer/profile/file/stored_stacks.h"

#include <algorithm>

#include "analyzer/heap/context_tree.h"

namespace memprof::profile {
namespace {

size_t index(heap::ContextId id) {
  return static_cast<uint32_t>(id);
}

}  // namespace

StoredStacks::StoredStacks(Database& database)
    : insert_module_(database, "INSERT INTO modules VALUES(?, ?, ?, '')"),
      set_problem_(database, "UPDATE modules SET problem = ? WHERE id = ?"),
      insert_address_(database, "INSERT INTO addresses VALUES(?, ?, ?)"),
      insert_stack_(database, "INSERT INTO stacks VALUES(?, ?, ?)"),
      insert_function_(database, "INSERT INTO functions VALUES(?, ?)"),
      insert_file_(database, "INSERT INTO files VALUES(?, ?)"),
      insert_frame_(database, "INSERT INTO frames VALUES(?, ?, ?, ?, ?, ?)") {
  Statement modules(database, "SELECT path, build_id, id FROM modules");
  while (modules.step())
    modules_.emplace(symbols::ModuleKey{modules.text(0), modules.text(1)}, modules.number(2));
  Statement addresses(database, "SELECT module_id, \"offset\", id FROM addresses");
  while (addresses.step())
    addresses_.emplace(Address{addresses.number(0), addresses.number(1)}, addresses.number(2));
  Statement stacks(database, "SELECT parent_id, address_id, id FROM stacks");
  while (stacks.step())
    stacks_.emplace(Address{stacks.number(0), stacks.number(1)}, stacks.number(2));
  Statement functions(database, "SELECT name, id FROM functions");
  while (functions.step()) functions_.emplace(functions.text(0), functions.number(1));
  Statement files(database, "SELECT path, id FROM files");
  while (files.step()) files_.emplace(files.text(0), files.number(1));
}

uint64_t StoredStacks::module_id(const heap::Module& module) {
  if (module.path.empty() && module.build_id.empty()) return 0;
  const auto [known, is_new] =
      modules_.emplace(symbols::ModuleKey{module.path, module.build_id}, modules_.size() + 1);
  if (is_new)
    insert_module_.bind(known->second).bind(module.path).bind_blob(module.build_id).execute();
  return known->second;
}

void StoredStacks::enter(const heap::ProcessHeap& heap) {
  heap_ = &heap;
  module_ids_.clear();
  for (const heap::Module& module : heap.modules) module_ids_.push_back(module_id(module));
  known_.assign(heap.contexts.size(), 0);
}

StoredStacks::Address StoredStacks::address_of(uint32_t location) const {
  const heap::Location& at = heap_->locations[location];
  const bool known = at.module < module_ids_.size();
  const uint64_t bias = known ? heap_->modules[at.module].bias : 0;
  return {known ? module_ids_[at.module] : 0, at.lookup_address() - bias};
}

std::vector<uint64_t> StoredStacks::site_numbers() {
  // A few locations may be one address; then different contexts may be one stack.
  std::unordered_map<Address, uint32_t, Hash> numbers;
  std::vector<uint32_t> number_of{0};
  for (uint32_t i = 1; i < heap_->locations.size(); ++i) {
    const auto next = static_cast<uint32_t>(numbers.size() + 1);
    number_of.push_back(numbers.emplace(address_of(i), next).first->second);
  }
  heap::ContextTree tree;
  std::vector<heap::ContextId> equal(heap_->contexts.size(), heap::kRootContext);
  for (size_t i = 1; i < heap_->contexts.size(); ++i) {
    const heap::Context& context = heap_->contexts[i];
    equal[i] = tree.child(equal[index(context.parent)], number_of[context.location]);
  }
  std::vector<uint64_t> result;
  for (const heap::Site& site : heap_->sites) result.push_back(index(equal[index(site.context)]));
  return result;
}

uint64_t StoredStacks::address_id(uint32_t location) {
  if (location == 0) return 0;
  const Address address = address_of(location);
  const auto [known, is_new] = addresses_.emplace(address, addresses_.size() + 1);
  if (is_new) {
    insert_address_.bind(known->second).bind(address.module).bind(address.offset).execute();
    new_addresses_.push_back(address);
  }
  return known->second;
}

uint64_t StoredStacks::stack_id(heap::ContextId context) {
  std::vector<heap::ContextId> path;
  while (context != heap::kRootContext && known_[index(context)] == 0) {
    path.push_back(context);
    context = heap_->contexts[index(context)].parent;
  }
  uint64_t id = context == heap::kRootContext ? 0 : known_[index(context)];
  for (auto inner = path.rbegin(); inner != path.rend(); ++inner) {
    const uint64_t address = address_id(heap_->contexts[index(*inner)].location);
    const auto [known, is_new] = stacks_.emplace(Address{id, address}, stacks_.size() + 1);
    if (is_new) insert_stack_.bind(known->second).bind(id).bind(address).execute();
    id = known->second;
    known_[index(*inner)] = id;
  }
  return id;
}

uint64_t StoredStacks::text_id(std::unordered_map<std::string, uint64_t>& ids, Statement& insert,
                               const std::string& text) {
  const auto [known, is_new] = ids.emplace(text, ids.size() + 1);
  if (is_new) insert.bind(known->second).bind(text).execute();
  return known->second;
}

void StoredStacks::write_frames(uint64_t address, const std::vector<symbols::Frame>& frames) {
  uint64_t place = 0;
  for (const symbols::Frame& frame : frames) {
    insert_frame_.bind(address)
        .bind(place++)
        .bind(text_id(functions_, insert_function_, frame.function))
        .bind(text_id(files_, insert_file_, frame.file))
        .bind(uint64_t{frame.line})
        .bind(uint64_t{frame.inlined})
        .execute();
  }
}

void StoredStacks::resolve_new(FrameSource& names) {
  std::map<uint64_t, symbols::ModuleKey> keys;
  for (const auto& [key, id] : modules_) keys.emplace(id, key);
  std::map<uint64_t, symbols::Lookup> by_module;
  for (const Address& address : new_addresses_) {
    // Of a module without a path nothing can be known.
    if (address.module == 0 || keys.at(address.module).path.empty()) continue;
    symbols::Lookup& lookup = by_module[address.module];
    lookup.module = &keys.at(address.module);
    lookup.offsets.push_back(address.offset);
  }
  new_addresses_.clear();
  std::vector<symbols::Lookup> lookups;
  std::vector<uint64_t> ids;
  for (auto& [id, lookup] : by_module) {
    ids.push_back(id);
    lookups.push_back(std::move(lookup));
  }
  names.resolve(lookups);
  for (size_t i = 0; i < lookups.size(); ++i) {
    for (size_t j = 0; j < lookups[i].offsets.size(); ++j)
      write_frames(addresses_.at({ids[i], lookups[i].offsets[j]}), lookups[i].frames[j]);
    const std::string problem = names.problem(*lookups[i].module);
    if (!problem.empty()) set_problem_.bind(problem).bind(ids[i]).execute();
  }
}

}  // namespace memprof::profile
