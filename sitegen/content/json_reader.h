#pragma once

#include <string>
#include <string_view>

#include "sitegen/content/node.h"

namespace memprof::sitegen {

/// Reads the JSON of `file`. Throws Error at what is no JSON, at a key given twice, and at nesting
/// deeper than kMaxNodeDepth. REQUIRES: `json` has passed check_text().
Node read_json(std::string_view json, const std::string& file);

}  // namespace memprof::sitegen
