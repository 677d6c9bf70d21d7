#include "analyzer/symbols/module_lookup.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

namespace memprof::symbols {

void ModuleLookup::open() {
  if (std::exchange(is_open_, true)) return;
  ModuleFiles files = open_module_files(key_, places_);
  known_.version = files.version();
  is_kept_ = files.module != nullptr && cache_.keeps(files.module->build_id()) &&
             files.module->build_id() == key_.build_id;
  if (is_kept_) {
    std::optional<FrameTable> kept = cache_.load(key_.build_id);
    if (kept && kept->version == known_.version) {
      known_ = std::move(*kept);
      return;
    }
  }
  symbols_ = std::make_unique<ModuleSymbols>(std::move(files));
  known_.problem = symbols_->problem();
}

ModuleSymbols& ModuleLookup::symbols() {
  if (symbols_ == nullptr) {
    symbols_ = std::make_unique<ModuleSymbols>(open_module_files(key_, places_));
  }
  return *symbols_;
}

const std::string& ModuleLookup::problem() {
  open();
  return known_.problem;
}

void ModuleLookup::resolve(Lookup& lookup) {
  open();
  const std::vector<uint64_t>& offsets = lookup.offsets;
  lookup.frames.assign(offsets.size(), {});
  // In the order of addresses, neighbours share what they touch of the file.
  std::vector<size_t> order(offsets.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&offsets](size_t a, size_t b) { return offsets[a] < offsets[b]; });
  bool any_new = false;
  for (const size_t i : order) {
    auto place = known_.frames.lower_bound(offsets[i]);
    if (place == known_.frames.end() || place->first != offsets[i]) {
      place = known_.frames.emplace_hint(place, offsets[i], symbols().resolve(offsets[i]));
      any_new = true;
    }
    lookup.frames[i] = place->second;
  }
  if (any_new && is_kept_ && symbols().is_versioned()) cache_.store(key_.build_id, known_);
}

}  // namespace memprof::symbols
