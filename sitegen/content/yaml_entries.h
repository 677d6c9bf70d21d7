#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sitegen/base/error.h"

namespace memprof::sitegen {

struct YamlScalar {
  std::string text;
  Position position;
  bool plain = true;  ///< Written without quotes.
};

/// One `key: value`. A value is a scalar (one item), a list of scalars, or nothing (no item).
struct YamlEntry {
  std::string key;
  Position position;  ///< Of the value.
  bool is_list = false;
  std::vector<YamlScalar> items;
};

/// Reads `yaml`, which stands in `file` from its line `first_line` on: a map of scalars and lists
/// of scalars, without aliases. Throws Error at what is no YAML, not of that shape, or given twice.
/// REQUIRES: `yaml` has passed check_text() and ends with a line break, unless it is empty.
///
/// Made from the parser's events and not from its tree of nodes: for some broken texts the parser
/// finds documents without end (a line that starts with a comma), and the tree's loader would
/// collect them all; and what follows the first document must not be ignored.
std::vector<YamlEntry> read_yaml_entries(std::string_view yaml, const std::string& file,
                                         size_t first_line);

}  // namespace memprof::sitegen
