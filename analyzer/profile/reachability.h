#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/heap/process_heap.h"
#include "analyzer/profile/run.h"

namespace memprof::profile {

/// What the sites of a process still held when it exited, by whether it could be reached; each list
/// as the process's sites.
struct Reached {
  std::vector<heap::Held> lost;
  std::vector<heap::Held> reachable;
  std::vector<heap::Held> unknown;
};

/// For each process of a run what it could reach, where its memory was looked at (`memprof run
/// --reachability`); nullopt elsewhere. `path` is what the run was opened from. What a forked child
/// does not reach is unknown: blocks that it inherited are not its own, and may point to what is.
/// So is what a process did not reach whose memory could not be read or whose threads not be
/// stopped. Throws Error when a trace cannot be read any more.
std::vector<std::optional<Reached>> read_reached(const std::string& path, const Run& run);

}  // namespace memprof::profile
