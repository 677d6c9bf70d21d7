#pragma once

#include <string>
#include <string_view>

#include "sitegen/content/node.h"

namespace memprof::sitegen {

/// Reads `yaml`, which stands in `file` from its line `first_line` on: one document, whose top is a
/// map (nothing at all is an empty one), without aliases. Throws Error at what is no YAML, or a key
/// given twice, and at nesting deeper than kMaxNodeDepth. Plain `true`, `false`, numbers and `~`
/// are what they look like; everything else is text, dates and `yes` included.
/// REQUIRES: `yaml` has passed check_text() and ends with a line break, unless it is empty.
///
/// Made from the parser's events and not from its tree of nodes: for some broken texts the parser
/// finds documents without end (a line that starts with a comma), and the tree's loader would
/// collect them all; and what follows the first document must not be ignored.
Node read_yaml(std::string_view yaml, const std::string& file, size_t first_line = 1);

/// As read_yaml(), for a data file, whose top may be a list, too.
Node read_yaml_data(std::string_view yaml, const std::string& file);

}  // namespace memprof::sitegen
