#pragma once

#include <string>
#include <string_view>

#include "sitegen/content/node.h"

namespace memprof::sitegen {

/// Reads `toml`, which stands in `file` from its line `first_line` on, as a map. Dates and times
/// become text in the form of RFC 3339. Throws Error at what is no TOML.
/// REQUIRES: `toml` has passed check_text().
Node read_toml(std::string_view toml, const std::string& file, size_t first_line = 1);

}  // namespace memprof::sitegen
