#pragma once

#include <string>
#include <vector>

namespace memprof::sitegen {

/// What an HTML5 parser that we did not write makes of a document.
struct HtmlCheck {
  size_t errors = 0;               ///< Parse errors, as the HTML standard defines them.
  std::vector<std::string> links;  ///< The href of each <a>, decoded, in order.
  std::string heading;             ///< The text of the first <h1>, decoded.
  bool has_script = false;
};

HtmlCheck check_html(const std::string& html);

}  // namespace memprof::sitegen
