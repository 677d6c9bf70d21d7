#pragma once

#include <string>

namespace memprof::profile {

/// Why an image of this executable may have run without the recorder, in words: "statically
/// linked", "32-bit executable", "executable for another machine", "setuid or setgid", "not found",
/// else "did not load libmemprof.so". A script is judged by its interpreter.
///
/// The path comes from a trace and is not trusted: only regular files are opened, never blocking.
std::string why_not_recorded(const std::string& path);

/// The name under which the executable itself has an allocator that malloc does not show, such as
/// "_rjem_malloc"; "" when it has none, is stripped, or cannot be read. Not trusted either.
std::string prefixed_malloc(const std::string& path);

}  // namespace memprof::profile
