#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace memprof::sitegen {

/// What an HTML document refers to, and what can be referred to in it.
struct HtmlLinks {
  struct Link {
    std::string url;    ///< Of an href or src, decoded.
    size_t offset = 0;  ///< Of its tag.

    bool operator==(const Link&) const = default;
  };

  std::vector<Link> links;
  std::vector<std::string> anchors;  ///< Each id, and each name of an <a>.

  bool operator==(const HtmlLinks&) const = default;
};

/// Reads `html` as a browser would, with an HTML5 parser. May be called from several threads at
/// once.
HtmlLinks parse_links(std::string_view html);

/// The same, and many times as fast where the document leaves no doubt what the parser would say:
/// each tag in it is well-formed, and of no kind that the parser might move or drop.
HtmlLinks find_links(std::string_view html);

}  // namespace memprof::sitegen
