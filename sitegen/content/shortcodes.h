#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sitegen/base/error.h"

namespace memprof::sitegen {

/// `{{< note title="Careful" >}} ... {{< /note >}}` in a text, or `{{< video abc >}}`.
struct Shortcode {
  std::string name;
  std::vector<std::pair<std::string, std::string>> arguments;  ///< Those without name: "0", "1" ...
  bool has_inner = false;
  std::string_view inner = {};  ///< What stands between the tags; points into the text.
  size_t inner_offset = 0;      ///< Where it begins in the text.
  size_t offset = 0;            ///< Of the first brace.
};

/// A text whose shortcodes have been taken out. What they became is kept beside it and put back
/// into the HTML, so that it need not survive Markdown. `{{</* x */>}}` stands for `{{< x >}}`
/// itself.
class ExpandedText {
 public:
  /// `expand` gives the HTML for a shortcode; it is called in the order of the text, not for those
  /// inside another's. `fail` reports what is wrong at an offset of `text`, by an exception.
  ExpandedText(std::string_view text, const std::function<std::string(const Shortcode&)>& expand,
               const std::function<void(size_t offset, const std::string& why)>& fail);

  /// The text with a marker in place of each shortcode.
  std::string_view markdown() const { return markdown_; }

  /// `html`, made from markdown(), with the shortcodes' HTML for their markers.
  std::string fill(std::string_view html) const;

  /// `text`, made from markdown(), without markers.
  std::string strip(std::string_view text) const;

 private:
  std::string replace(std::string_view text, bool with_html) const;

  std::string markdown_;
  std::string mark_;               // A character that the text does not have.
  std::string encoded_mark_;       // As it stands in a link.
  std::vector<std::string> html_;  // By the number between two marks.
};

}  // namespace memprof::sitegen
