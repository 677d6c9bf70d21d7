#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "analyzer/symbols/frame_cache.h"
#include "analyzer/symbols/frame_table.h"
#include "analyzer/symbols/module_files.h"
#include "analyzer/symbols/module_symbols.h"

namespace memprof::symbols {

/// Lookups in one module, through the cache: its files are always found and opened, because what
/// they are decides whether the cache holds for them, but read only when something is asked for
/// that the cache does not know. So names are the same with and without a cache. One thread at a
/// time.
class ModuleLookup {
 public:
  /// `key`, `places` and `cache` must outlive it. Nothing is opened yet.
  ModuleLookup(const ModuleKey& key, const DebugPlaces& places, FrameCache& cache)
      : key_(key), places_(places), cache_(cache) {}

  void resolve(Lookup& lookup);

  /// As Symbolizer::problem.
  const std::string& problem();

 private:
  void open();
  ModuleSymbols& symbols();

  const ModuleKey& key_;
  const DebugPlaces& places_;
  FrameCache& cache_;

  bool is_open_ = false;
  bool is_kept_ = false;  ///< the cache may have it
  FrameTable known_;
  std::unique_ptr<ModuleSymbols> symbols_;
};

}  // namespace memprof::symbols
