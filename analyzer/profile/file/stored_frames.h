#pragma once

#include <memory>
#include <string>

#include "analyzer/heap/process_heap.h"
#include "analyzer/profile/names.h"

namespace memprof::profile {

/// The names that a profile file keeps for these tables of its own: ids of addresses are indexes
/// of locations, ids of modules those of modules. Opens the file once more.
std::unique_ptr<FrameSource> stored_frames(const std::string& path,
                                           const heap::SharedVector<heap::Location>& locations,
                                           const heap::SharedVector<heap::Module>& modules);

}  // namespace memprof::profile
