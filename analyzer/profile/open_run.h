#pragma once

#include <string>

#include "analyzer/profile/run.h"

namespace memprof::profile {

/// Reads and replays the traces of `path`: a trace directory (all its *.mtrace files) or one trace
/// file. Every site's at_bytes and at_blocks are those of the tree's peak; for processes not alive
/// then they are 0.
///
/// Files that cannot be read are listed in Run::unreadable. Throws Error (exit 3) that names the
/// path when nothing at all could be read.
Run open_run(const std::string& path);

}  // namespace memprof::profile
