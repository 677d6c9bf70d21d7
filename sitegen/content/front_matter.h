#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sitegen/base/error.h"
#include "sitegen/content/date.h"
#include "sitegen/content/node.h"

namespace memprof::sitegen {

/// What a page says about itself in front of its text. Empty strings: not given.
struct FrontMatter {
  std::string title;
  std::string description;
  std::optional<Date> date;
  std::optional<Date> updated;
  int weight = 0;
  bool draft = false;
  std::string slug;                  ///< The name of one file.
  std::vector<std::string> aliases;  ///< Paths below the output folder that lead to this page, too.
  std::string layout;                ///< Not known yet to exist.
  Position layout_position;
  std::map<std::string, std::vector<std::string>> terms;  ///< By taxonomy; each has a slug.
  Node params;                                            ///< All other keys: a map.
};

/// A file of content in its two parts.
struct Document {
  FrontMatter front_matter;
  std::string_view body;  ///< Markdown; points into the text that was parsed.
  size_t body_line = 1;   ///< The line of the file that the body begins with.
};

/// Splits `text`, the contents of `file`, and reads its front matter: YAML between two lines `---`,
/// or TOML between two lines `+++`. A text that starts otherwise is all body. `taxonomies` are the
/// keys that hold terms. Throws Error with the position of what is wrong; that includes bad UTF-8
/// anywhere in `text`.
Document parse_document(std::string_view text, const std::string& file,
                        std::span<const std::string> taxonomies);

}  // namespace memprof::sitegen
