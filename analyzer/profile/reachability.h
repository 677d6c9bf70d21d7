#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/heap/live_map.h"
#include "analyzer/heap/reachability.h"
#include "analyzer/profile/run.h"
#include "analyzer/trace/trace_file.h"

namespace memprof::profile {

/// Where an image leaves the words of its memory: beside its trace.
std::string words_path(const std::string& trace_path, uint64_t trace_id);

/// Of each of `site_count` sites what can be reached of `blocks`, all that live at the end. What a
/// forked child does not reach is unknown: blocks that it inherited are not its own, and may point
/// to what is. So is what a process did not reach whose memory could not be read or whose threads
/// not be stopped.
std::vector<Reached> reached_of(const trace::Identity& identity, const heap::Words& words,
                                const std::vector<heap::LiveBlock>& blocks, size_t site_count);

/// Fills Process::reached of each process whose trace, with the same index in `files`, has words
/// (`memprof run --reachability`); replays those once more. Throws Error when a trace cannot be
/// read any more.
void fill_reached(const std::vector<trace::TraceFile>& files, Run& run);

}  // namespace memprof::profile
