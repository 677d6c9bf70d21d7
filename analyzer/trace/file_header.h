#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "analyzer/trace/trace_file.h"

namespace memprof::trace {

/// The fixed part of a checked header and what it says.
struct CheckedHeader {
  format::FileHeader fields;
  Identity identity;
};

/// Checks the first format::kHeaderBytes of a file. Throws Error, with `path` in it, when they are
/// fewer, not a trace's or those of another version or byte order. Strings that point outside the
/// header are empty.
CheckedHeader check_header(std::span<const std::byte> bytes, const std::string& path);

}  // namespace memprof::trace
