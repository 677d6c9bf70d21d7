#include "analyzer/profile/names.h"

#include <algorithm>
#include <map>

namespace memprof::profile {
namespace {

class Files : public FrameSource {
 public:
  std::vector<std::vector<symbols::Frame>> resolve(const symbols::ModuleKey& module,
                                                   const std::vector<uint64_t>& offsets) override {
    return symbolizer_.resolve(module, offsets);
  }
  std::string problem(const symbols::ModuleKey& module) const override {
    return symbolizer_.problem(module);
  }

 private:
  symbols::Symbolizer symbolizer_;
};

}  // namespace

std::unique_ptr<FrameSource> frames_from_files() {
  return std::make_unique<Files>();
}

Names::Names(const Addresses& addresses, FrameSource& source)
    : addresses_(addresses), source_(source), lists_(addresses.size(), kNotResolved) {
  frames_.push_back({symbols::Frame{}});  // for what lies in no module
}

void Names::resolve(const std::vector<AddressId>& wanted) {
  std::vector<AddressId> missing;
  for (const AddressId id : wanted) {
    if (!known(id)) missing.push_back(id);
  }
  std::sort(missing.begin(), missing.end());
  missing.erase(std::unique(missing.begin(), missing.end()), missing.end());

  for (size_t begin = 0; begin < missing.size();) {
    const symbols::ModuleKey& module = addresses_.module(missing[begin]);
    std::vector<uint64_t> offsets;
    size_t end = begin;
    for (; end < missing.size() && &addresses_.module(missing[end]) == &module; ++end) {
      offsets.push_back(addresses_.offset(missing[end]));
    }
    std::vector<std::vector<symbols::Frame>> found;
    if (!module.path.empty()) found = source_.resolve(module, offsets);
    for (size_t i = begin; i < end; ++i) {
      uint32_t& list = lists_[static_cast<uint32_t>(missing[i])];
      const size_t at = i - begin;
      list = 0;
      if (missing[i] == kCutAddress || at >= found.size() || found[at].empty()) continue;
      list = static_cast<uint32_t>(frames_.size());
      frames_.push_back(std::move(found[at]));
    }
    begin = end;
  }
}

void Names::count(AddressId id, NamesHealth& health) const {
  if (id == kCutAddress || !known(id)) return;
  ++health.looked_up;
  health.without_symbols += nameless(id) ? 1 : 0;
}

NamesHealth Names::health() const {
  NamesHealth health;
  for (uint32_t i = 0; i < lists_.size(); ++i) count(AddressId{i}, health);
  return health;
}

NamesHealth Names::health(const Run& run, size_t process) const {
  NamesHealth health;
  const size_t locations = run.processes[process].heap.locations.size();
  for (uint32_t i = 1; i < locations; ++i) count(addresses_.at(process, i), health);
  return health;
}

std::vector<ModuleProblem> Names::problems() const {
  std::map<const symbols::ModuleKey*, uint64_t>
      modules;  // in the order of ModuleKey: one array, sorted
  for (uint32_t i = 1; i < lists_.size(); ++i) {
    if (!known(AddressId{i})) continue;
    modules[&addresses_.module(AddressId{i})] += nameless(AddressId{i}) ? 1 : 0;
  }
  std::vector<ModuleProblem> problems;
  for (const auto& [module, nameless] : modules) {
    std::string problem = module->path.empty() ? "no module" : source_.problem(*module);
    if (!problem.empty() || nameless != 0) {
      problems.push_back({module->path, std::move(problem), nameless});
    }
  }
  return problems;
}

}  // namespace memprof::profile
