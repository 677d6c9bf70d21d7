#pragma once

#include <string>

namespace memprof::compare {

/// The text of a file that a person wrote, of at most 16 MiB; `what` is what errors call it. Throws
/// Error (exit 3) that names the file.
std::string read_small_file(const std::string& path, const std::string& what);

}  // namespace memprof::compare
