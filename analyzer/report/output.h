#pragma once

#include <functional>
#include <ostream>
#include <string>

namespace memprof::report {

/// Calls `write` with the stream that `path` stands for: standard output for "". A file is written
/// under a temporary name beside it and renamed when it is complete, so that there is never half a
/// report; what exists and is no regular file (a device, a pipe) is written directly. Throws Error
/// (exit 3) naming the path.
void write_output(const std::string& path, const std::function<void(std::ostream&)>& write);

}  // namespace memprof::report
