#pragma once

#include <string>

#include "analyzer/profile/open_run.h"
#include "analyzer/profile/run.h"

namespace memprof::profile {

/// Whether `path` is a file that open_profile should say more of than that it is no trace.
bool is_database(const std::string& path);

/// Whether all of its run is in it. Throws Error when it is no profile, or is being written.
bool is_finished_profile(const std::string& path);

/// Reads a profile file as open_run reads traces; Run::frames are the names it keeps. Throws Error
/// (exit 3) when it is none, of another version, damaged, or being written, and (exit 2) when a
/// moment was not kept, naming the nearest that was, and for details, which never are.
Run open_profile(const std::string& path, const RunRequest& request);

}  // namespace memprof::profile
