#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "analyzer/heap/process_heap.h"
#include "analyzer/profile/run.h"
#include "analyzer/trace/trace_file.h"

namespace memprof::profile {

/// What linking needs to know of an image.
struct Image {
  uint64_t trace_id = 0;
  uint64_t parent_id = 0;
  format::ParentLink link = format::ParentLink::kNone;
  uint32_t env_parent_pid = 0;
  uint32_t pid = 0;
  uint32_t ppid = 0;
  uint64_t start_ns = 0;
  uint64_t end_ns = 0;
  heap::End end = heap::End::kOpen;
};

/// For each of `images`, the index of the image it came from, or nullopt for a root.
///
/// A fork names its parent exactly. Otherwise the parent is what the environment said, which is
/// right when the variable was written by our pid (the image before an exec) or by our ppid (a
/// spawn). A variable inherited through a caller that bypassed the recorder (system, popen, a raw
/// exec) is stale: then it is the image of our own pid that ended in an exec just before, else the
/// latest one of our ppid alive at our start, else, for want of better, what the environment said.
///
/// REQUIRES: `images` ordered by start. A parent comes before its children, so there is never a
/// cycle.
std::vector<std::optional<size_t>> link_parents(const std::vector<Image>& images);

/// Fills Process::parent of all processes of a run. REQUIRES: they are ordered by start and have
/// their ids.
void link_processes(Run& run);

}  // namespace memprof::profile
