#include "analyzer/symbols/symbolizer.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

#include "analyzer/symbols/module_symbols.h"

namespace memprof::symbols {

struct Symbolizer::Impl {
  std::string debug_root;
  std::map<ModuleKey, ModuleSymbols> modules;

  ModuleSymbols& module(const ModuleKey& key) {
    return modules.try_emplace(key, key, debug_root).first->second;
  }
};

Symbolizer::Symbolizer(std::string debug_root) : impl_(std::make_unique<Impl>()) {
  impl_->debug_root = std::move(debug_root);
}

Symbolizer::~Symbolizer() = default;

std::vector<std::vector<Frame>> Symbolizer::resolve(const ModuleKey& module,
                                                    const std::vector<uint64_t>& offsets) {
  ModuleSymbols& symbols = impl_->module(module);
  // In the order of addresses, neighbours share what they touch of the file.
  std::vector<size_t> order(offsets.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&offsets](size_t a, size_t b) { return offsets[a] < offsets[b]; });
  std::vector<std::vector<Frame>> result(offsets.size());
  for (size_t i : order) result[i] = symbols.resolve(offsets[i]);
  return result;
}

std::string Symbolizer::problem(const ModuleKey& module) const {
  return impl_->module(module).problem();
}

}  // namespace memprof::symbols
