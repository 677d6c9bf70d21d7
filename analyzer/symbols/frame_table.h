#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/symbols/symbolizer.h"

namespace memprof::symbols {

/// What has been looked up in a module so far, in a form that can be kept in a file.
struct FrameTable {
  std::string version;  ///< ModuleFiles::version of the files it was looked up in
  std::string problem;  ///< as Symbolizer::problem
  std::map<uint64_t, std::vector<Frame>> frames;  ///< by offset

  bool operator==(const FrameTable&) const = default;
};

/// The bytes of a table: a header with a checksum over all of it, each distinct string once, then
/// the offsets. The same table gives the same bytes.
std::string pack(const FrameTable& table);

/// The table that `bytes` are of; nothing when they are damaged or of another version of this
/// format.
std::optional<FrameTable> unpack(std::string_view bytes);

}  // namespace memprof::symbols
