#pragma once

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sitegen/base/error.h"

namespace memprof::sitegen {

/// A value that only templates know the meaning of.
using Param = std::variant<bool, std::string, std::vector<std::string>>;

/// What a page says about itself in the YAML between its two `---` lines. Empty strings: not given.
struct FrontMatter {
  std::string title;
  std::string date;  ///< YYYY-MM-DD, a day that exists.
  std::vector<std::string> tags;
  int weight = 0;
  bool draft = false;
  std::string slug;    ///< The name of one file.
  std::string layout;  ///< Not known yet to exist.
  Position layout_position;
  std::map<std::string, Param> params;  ///< All other keys.
};

/// A file of content in its two parts.
struct Document {
  FrontMatter front_matter;
  std::string_view body;  ///< Markdown; points into the text that was parsed.
};

/// Splits `text`, the contents of `file`, and reads its front matter. A text whose first line is
/// not `---` is all body. Throws Error with the position of what is wrong; that includes bad UTF-8
/// anywhere in `text`.
Document parse_document(std::string_view text, const std::string& file);

}  // namespace memprof::sitegen
