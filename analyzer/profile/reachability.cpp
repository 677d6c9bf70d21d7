#include "analyzer/profile/reachability.h"

#include <fmt/format.h>

#include <filesystem>

#include "analyzer/heap/replay.h"
#include "preload/format/words_format.h"

namespace memprof::profile {

std::string words_path(const std::string& trace_path, uint64_t trace_id) {
  const std::string name = fmt::format("{:016x}{}", trace_id, format::kWordsSuffix);
  return (std::filesystem::path(trace_path).parent_path() / name).string();
}

std::vector<Reached> reached_of(const trace::Identity& identity, const heap::Words& words,
                                const std::vector<heap::LiveBlock>& blocks, size_t site_count) {
  const bool sure = words.complete && identity.parent_link != format::ParentLink::kFork;
  const std::vector<bool> reached = heap::reached_from(blocks, words);
  std::vector<Reached> result(site_count);
  for (size_t i = 0; i < blocks.size(); ++i) {
    Reached& site = result.at(blocks[i].site);
    heap::Held& to = reached[i] ? site.reachable : sure ? site.lost : site.unknown;
    to.bytes += blocks[i].size;
    ++to.blocks;
  }
  return result;
}

void fill_reached(const std::vector<trace::TraceFile>& files, Run& run) {
  for (size_t i = 0; i < files.size(); ++i) {
    Process& process = run.processes[i];
    const uint64_t trace_id = files[i].identity().trace_id;
    const auto words = heap::read_words(words_path(files[i].path(), trace_id), trace_id);
    if (!words) continue;
    const bool forked =
        process.identity.parent_link == format::ParentLink::kFork && process.parent != 0;
    std::vector<heap::LiveBlock> blocks;
    heap::ReplayOptions options;
    options.live_blocks = &blocks;
    const heap::ProcessHeap again = heap::replay_again(files[i], options, forked);
    process.reached = reached_of(process.identity, *words, blocks, again.sites.size());
  }
}

}  // namespace memprof::profile
