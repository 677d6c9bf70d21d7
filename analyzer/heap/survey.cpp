#include "analyzer/heap/survey.h"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include "analyzer/trace/record_decoder.h"

namespace memprof::heap {

namespace {

constexpr size_t kChunksPerTask = 4;

struct FoundModule {
  uint32_t id;
  Module module;
};

/// What one chunk holds.
struct Findings : trace::RecordVisitor {
  std::vector<format::LocationRecord> locations;
  std::vector<FoundModule> modules;
  std::vector<format::ClockPair> clock_pairs;
  std::vector<format::CutRecord> cuts;
  uint64_t damaged_bytes = 0;

  void location(const format::LocationRecord& record) { locations.push_back(record); }
  void module(const format::ModuleRecord& record, std::string_view build_id,
              std::string_view path) {
    modules.push_back({record.id, Module{std::string(path), std::string(build_id), record.bias}});
  }
  void sample(const format::SampleRecord& record) { clock_pairs.push_back(record.clock); }
  void mark(const format::MarkRecord& record, std::string_view) {
    clock_pairs.push_back(record.clock);
  }
  void cut(const format::CutRecord& record) { cuts.push_back(record); }
  void exec(const format::ExecRecord& record, std::string_view) {
    clock_pairs.push_back(record.clock);
  }
  void exit(const format::ExitRecord& record) { clock_pairs.push_back(record.clock); }
};

Findings examine(const trace::Chunk& chunk, const trace::ChunkReader& reader,
                 std::vector<std::byte>& buffer) {
  Findings findings;
  const auto records = reader.read(chunk, buffer);
  trace::RecordDecoder decoder(chunk.header, records);
  while (decoder.next(findings)) {
  }
  findings.damaged_bytes = decoder.damaged_bytes() + (chunk.record_bytes() - records.size());
  return findings;
}

std::vector<Findings> examine_all(const trace::TraceFile& file) {
  const std::vector<trace::Chunk>& chunks = file.chunks();
  const trace::ChunkReader reader(file);
  std::vector<Findings> result(chunks.size());
  const auto examine_range = [&](const tbb::blocked_range<size_t>& range) {
    std::vector<std::byte> buffer;
    for (size_t i = range.begin(); i != range.end(); ++i) {
      result[i] = examine(chunks[i], reader, buffer);
    }
  };
  const tbb::blocked_range<size_t> all(0, chunks.size(), kChunksPerTask);
  // Most processes of a build are small: waking another thread would cost more than it does.
  if (chunks.size() < 2 * kChunksPerTask) {
    examine_range(all);
    return result;
  }
  // Isolated: a thread that waits here must not begin another process's replay meanwhile.
  tbb::this_task_arena::isolate([&] { tbb::parallel_for(all, examine_range); });
  return result;
}

/// Numbers modules so that equal ones are one; gives the number of each recorded id.
std::unordered_map<uint32_t, uint32_t> gather_modules(const std::vector<Findings>& all,
                                                      std::vector<Module>& modules) {
  std::unordered_map<uint32_t, uint32_t> number_of_id;
  std::map<std::tuple<std::string, std::string, uint64_t>, uint32_t> known;
  modules.emplace_back();
  for (const Findings& findings : all) {
    for (const auto& [id, module] : findings.modules) {
      const auto next = static_cast<uint32_t>(modules.size());
      const auto [entry, is_new] =
          known.try_emplace({module.path, module.build_id, module.bias}, next);
      if (is_new) modules.push_back(module);
      number_of_id.try_emplace(id, entry->second);
    }
  }
  return number_of_id;
}

void gather_locations(const std::vector<Findings>& all, Survey& survey) {
  const auto module_of_id = gather_modules(all, survey.modules);
  size_t count = 0;
  for (const Findings& findings : all) count += findings.locations.size();
  survey.locations = {Location{}, Location{}};
  survey.location_table = LocationTable(count * 4 + 1024);
  survey.location_table.define(format::kCutLocation, 0);
  std::map<std::tuple<uint64_t, uint32_t, bool>, uint32_t> known;
  known[{0, 0, false}] = LocationTable::kUnknownLocation;
  for (const Findings& findings : all) {
    for (const format::LocationRecord& record : findings.locations) {
      if (record.id == format::kCutLocation) continue;
      const auto module = module_of_id.find(record.module);
      const Location location{record.address, module == module_of_id.end() ? 0 : module->second,
                              (record.flags & format::kLocationInterrupted) != 0};
      const auto next = static_cast<uint32_t>(survey.locations.size());
      const auto [entry, is_new] =
          known.try_emplace({location.address, location.module, location.interrupted}, next);
      if (is_new) survey.locations.push_back(location);
      survey.location_table.define(record.id, entry->second);
    }
  }
}

}  // namespace

void LocationTable::define(uint32_t id, uint32_t index) {
  if (id >= dense_ids_max_) {
    sparse_.try_emplace(id, index);
    return;
  }
  if (id >= dense_.size()) dense_.resize(size_t{id} + 1, kUnknownLocation);
  dense_[id] = index;
}

Survey survey(const trace::TraceFile& file) {
  const std::vector<Findings> all = examine_all(file);
  Survey result;
  gather_locations(all, result);
  for (const Findings& findings : all) {
    result.damaged_bytes += findings.damaged_bytes;
    result.clock_pairs.insert(result.clock_pairs.end(), findings.clock_pairs.begin(),
                              findings.clock_pairs.end());
    result.cuts.insert(result.cuts.end(), findings.cuts.begin(), findings.cuts.end());
  }
  return result;
}

}  // namespace memprof::heap
