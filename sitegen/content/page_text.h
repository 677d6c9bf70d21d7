#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "sitegen/content/markdown.h"
#include "sitegen/content/shortcodes.h"

namespace memprof::sitegen {

/// What the text of a page needs from its surroundings.
struct PageTextOptions {
  std::string file;      ///< As messages name it.
  size_t body_line = 1;  ///< The line of the file that the text begins with.
  bool raw_html = false;

  /// The address for a link to the Markdown file `url`; empty when there is none.
  std::function<std::string(std::string_view url)> find_page = {};

  /// The HTML for a shortcode; `inner_html` is what stands between its tags, converted.
  std::function<std::string(const Shortcode&, const std::string& inner_html,
                            const std::function<Position()>& position)>
      render_shortcode = {};
};

/// Converts the text of a page: shortcodes, links to other pages' files, and Markdown. Throws Error
/// with the place of a shortcode that is wrong, or of a link to a page that does not exist.
/// May be called from several threads at once.
ConvertedText convert_page_text(std::string_view text, const PageTextOptions& options);

}  // namespace memprof::sitegen
