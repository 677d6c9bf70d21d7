#include "analyzer/symbols/symbolizer.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <map>
#include <utility>

#include "analyzer/base/error.h"
#include "analyzer/symbols/debug_files.h"
#include "analyzer/symbols/frame_cache.h"
#include "analyzer/symbols/module_lookup.h"

namespace memprof::symbols {
namespace {

/// How long reading a module will take, by its file's size.
uintmax_t cost_of(const ModuleKey& key) {
  std::error_code error;
  const uintmax_t bytes = std::filesystem::file_size(key.path, error);
  return error ? 0 : bytes;
}

}  // namespace

struct Symbolizer::Impl {
  explicit Impl(SymbolOptions options)
      : places{std::move(options.debug_root), nullptr}, cache(std::move(options.cache_folder)) {
    if (!options.debuginfod) return;
    std::string problem;
    servers = Debuginfod::open(problem);
    if (servers == nullptr) throw Error("debuginfod: " + problem, Error::Exit::kUsage);
    places.servers = servers.get();
  }

  ModuleLookup& module(const ModuleKey& key) {
    const auto [place, added] = modules.try_emplace(key);
    if (added) place->second = std::make_unique<ModuleLookup>(place->first, places, cache);
    return *place->second;
  }

  std::unique_ptr<Debuginfod> servers;
  DebugPlaces places;
  FrameCache cache;
  std::map<ModuleKey, std::unique_ptr<ModuleLookup>> modules;
};

Symbolizer::Symbolizer(SymbolOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}

Symbolizer::~Symbolizer() = default;

void Symbolizer::resolve(std::vector<Lookup>& lookups) {
  struct Task {
    uintmax_t cost;
    ModuleLookup* module;
    Lookup* lookup;
  };
  std::vector<Task> tasks;
  for (Lookup& lookup : lookups) {
    tasks.push_back({lookups.size() > 1 ? cost_of(*lookup.module) : 0,
                     &impl_->module(*lookup.module), &lookup});
  }
  // The largest first, so that none is left alone at the end; each thread takes the next.
  std::stable_sort(tasks.begin(), tasks.end(),
                   [](const Task& a, const Task& b) { return a.cost > b.cost; });
  std::atomic<size_t> next = 0;
  const auto work = [&](size_t) {
    for (size_t i = next++; i < tasks.size(); i = next++) {
      tasks[i].module->resolve(*tasks[i].lookup);
    }
  };
  const auto threads = static_cast<size_t>(std::max(1, tbb::this_task_arena::max_concurrency()));
  tbb::parallel_for(size_t{0}, std::min(threads, tasks.size()), work);
}

std::string Symbolizer::problem(const ModuleKey& module) const {
  return impl_->module(module).problem();
}

std::string Symbolizer::cache_problem() const {
  return impl_->cache.problem();
}

}  // namespace memprof::symbols
