#pragma once

#include <string>
#include <string_view>

namespace memprof::symbols {

/// `file` as debug info names it, made one spelling: joined to `directory` when relative, "." and
/// "a/.." removed by the letters alone (no file system is asked). "" stays "".
std::string source_path(std::string_view directory, std::string_view file);

}  // namespace memprof::symbols
