#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/symbols/symbolizer.h"

namespace memprof::symbols {

/// The frames of one module's offsets.
inline std::vector<std::vector<Frame>> look_up(Symbolizer& symbolizer, const ModuleKey& module,
                                               const std::vector<uint64_t>& offsets) {
  std::vector<Lookup> lookups{{&module, offsets}};
  symbolizer.resolve(lookups);
  return std::move(lookups.front().frames);
}

/// Everything about frames in one comparable text.
inline std::string text(const std::vector<std::vector<Frame>>& stacks) {
  std::string result;
  for (const auto& frames : stacks) {
    for (const Frame& frame : frames) {
      result += frame.function + '|' + frame.file + '|' + std::to_string(frame.line) +
                (frame.inlined ? "<" : "\n");
    }
  }
  return result;
}

}  // namespace memprof::symbols
