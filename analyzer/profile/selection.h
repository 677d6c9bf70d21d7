#pragma once

#include <string>
#include <vector>

#include "analyzer/profile/run.h"

namespace memprof::profile {

/// "sitegen build --force": the arguments joined by blanks, or the executable where there are none.
/// Raw bytes.
std::string command_line(const Process& process);

/// The last part of a path. Raw bytes.
std::string base_name(const std::string& path);

/// Indexes of the processes that `glob` matches by the executable's name, its full path or the
/// command line; all of them for "". Throws Error (exit 2) when it matches none.
std::vector<size_t> select_processes(const Run& run, const std::string& glob);

}  // namespace memprof::profile
