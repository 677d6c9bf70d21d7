#include "analyzer/profile/names.h"

#include <algorithm>
#include <iterator>
#include <map>

namespace memprof::profile {
namespace {

class Files : public FrameSource {
 public:
  explicit Files(const symbols::SymbolOptions& options) : symbolizer_(options) {}

  void resolve(std::vector<symbols::Lookup>& lookups) override { symbolizer_.resolve(lookups); }
  std::string problem(const symbols::ModuleKey& module) const override {
    return symbolizer_.problem(module);
  }
  std::vector<std::string> remarks() const override {
    const std::string problem = symbolizer_.cache_problem();
    if (problem.empty()) return {};
    return {"no cache of symbols: " + problem};
  }

 private:
  symbols::Symbolizer symbolizer_;
};

}  // namespace

std::unique_ptr<FrameSource> frames_from_files(const symbols::SymbolOptions& options) {
  return std::make_unique<Files>(options);
}

FrameSource& frames_of(const Run& run, FrameSource& files) {
  return run.frames != nullptr ? *run.frames : files;
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

  std::vector<symbols::Lookup> lookups;
  auto next = static_cast<uint32_t>(frames_.size());
  for (const AddressId id : missing) {
    const symbols::ModuleKey& module = addresses_.module(id);
    lists_[static_cast<uint32_t>(id)] = 0;
    if (id == kCutAddress || module.path.empty()) continue;
    if (lookups.empty() || lookups.back().module != &module) lookups.push_back({&module, {}});
    lookups.back().offsets.push_back(addresses_.offset(id));
    lists_[static_cast<uint32_t>(id)] = next++;
  }
  source_.resolve(lookups);
  for (symbols::Lookup& lookup : lookups) {
    std::move(lookup.frames.begin(), lookup.frames.end(), std::back_inserter(frames_));
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
