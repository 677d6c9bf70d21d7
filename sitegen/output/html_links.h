#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace memprof::sitegen {

/// What an HTML document refers to, and what can be referred to in it.
struct HtmlLinks {
  struct Link {
    std::string url;  ///< Of an href or src, decoded.
    size_t line = 1;  ///< Of its tag; both count from 1.
    size_t column = 1;
  };

  std::vector<Link> links;
  std::vector<std::string> anchors;  ///< Each id, and each name of an <a>.
};

/// Reads `html` as a browser would. May be called from several threads at once.
HtmlLinks find_links(std::string_view html);

}  // namespace memprof::sitegen
