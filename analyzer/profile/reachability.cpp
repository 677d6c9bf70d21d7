#include "analyzer/profile/reachability.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>

#include "analyzer/heap/reachability.h"
#include "analyzer/heap/replay.h"
#include "analyzer/trace/trace_file.h"
#include "preload/format/words_format.h"

namespace memprof::profile {
namespace {

namespace fs = std::filesystem;

/// The traces of a directory, or the one, by trace id.
std::map<uint64_t, std::string> traces_of(const std::string& path) {
  std::map<uint64_t, std::string> traces;
  std::error_code error;
  std::vector<std::string> paths;
  if (!fs::is_directory(path, error)) paths.push_back(path);
  for (fs::directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().extension() == format::kFileSuffix) paths.push_back(entry->path().string());
  }
  for (const std::string& one : paths) {
    try {
      traces[trace::TraceFile::open(one).identity().trace_id] = one;
    } catch (const std::exception&) {
      continue;  // open_run has said what there is to say
    }
  }
  return traces;
}

Reached reached_of(const trace::TraceFile& file, const heap::Words& words, const Process& process) {
  const bool forked = process.identity.parent_link == format::ParentLink::kFork;
  std::vector<heap::LiveBlock> blocks;
  heap::ReplayOptions options;
  options.live_blocks = &blocks;
  heap::replay_again(file, options, forked && process.parent != 0);
  const std::vector<bool> reached = heap::reached_from(blocks, words);
  const bool sure = words.complete && !forked;
  Reached result;
  for (auto* held : {&result.lost, &result.reachable, &result.unknown})
    held->resize(process.heap.sites.size());
  for (size_t i = 0; i < blocks.size(); ++i) {
    std::vector<heap::Held>& to = reached[i] ? result.reachable
                                  : sure     ? result.lost
                                             : result.unknown;
    if (blocks[i].site >= to.size()) continue;
    to[blocks[i].site].bytes += blocks[i].size;
    ++to[blocks[i].site].blocks;
  }
  return result;
}

}  // namespace

std::vector<std::optional<Reached>> read_reached(const std::string& path, const Run& run) {
  std::vector<std::optional<Reached>> result(run.processes.size());
  std::error_code error;
  const fs::path directory =
      fs::is_directory(path, error) ? fs::path(path) : fs::path(path).parent_path();
  std::map<uint64_t, std::string> traces;
  for (size_t i = 0; i < run.processes.size(); ++i) {
    const uint64_t id = run.processes[i].identity.trace_id;
    const std::string name = fmt::format("{:016x}{}", id, format::kWordsSuffix);
    const auto words = heap::read_words((directory / name).string(), id);
    if (!words) continue;
    if (traces.empty()) traces = traces_of(path);
    const auto trace = traces.find(id);
    if (trace == traces.end()) continue;
    result[i] = reached_of(trace::TraceFile::open(trace->second), *words, run.processes[i]);
  }
  return result;
}

}  // namespace memprof::profile
