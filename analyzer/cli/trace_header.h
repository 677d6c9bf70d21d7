#pragma once

#include <optional>
#include <string>

#include "preload/format/trace_format.h"

namespace memprof::cli {

/// The header of a trace that is being written, as far as `memprof run` needs it.
struct TraceHeader {
  format::FileHeader fields;
  std::string exe;
};

/// nullopt while the header is not complete, and for what is no trace of this version. Never
/// blocks.
std::optional<TraceHeader> read_trace_header(const std::string& path);

}  // namespace memprof::cli
