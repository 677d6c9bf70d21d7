#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sitegen/base/error.h"

namespace memprof::sitegen {

/// The deepest nesting of lists and maps in YAML, TOML and JSON.
inline constexpr size_t kMaxNodeDepth = 32;

/// A value of front matter, of the configuration or of a data file, whichever language it is
/// written in.
struct Node {
  enum class Kind { kNull, kBool, kNumber, kText, kList, kMap };

  Kind kind = Kind::kNull;
  std::string text;         ///< Of a bool ("true"), a number or a text, as written, without quotes.
  std::vector<Node> items;  ///< Of a list.
  std::vector<std::pair<std::string, Node>> entries;  ///< Of a map; each key once.
  size_t line = 1;    ///< Where it stands in its file; both count from 1.
  size_t column = 1;  ///< In characters.

  bool is_scalar() const {
    return kind == Kind::kBool || kind == Kind::kNumber || kind == Kind::kText;
  }

  bool is_true() const { return kind == Kind::kBool && text == "true"; }

  /// The value of `key` in a map; nullptr when there is none.
  const Node* find(std::string_view key) const {
    for (const auto& [name, value] : entries) {
      if (name == key) return &value;
    }
    return nullptr;
  }

  Position position(const std::string& file) const { return {file, line, column}; }
};

}  // namespace memprof::sitegen
