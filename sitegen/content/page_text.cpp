#include "sitegen/content/page_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "sitegen/base/text.h"

namespace memprof::sitegen {
namespace {

constexpr size_t kMaxDepth = 16;

class Converter {
 public:
  Converter(std::string_view text, const PageTextOptions& options)
      : text_(text), options_(options) {}

  /// The part of the text from `begin` on, `size` bytes long.
  ConvertedText convert(size_t begin, size_t size, size_t depth) const {
    const auto fail = [this, begin](size_t offset, const std::string& why) {
      throw Error(position(begin + offset), why);
    };
    const auto expand = [&](const Shortcode& shortcode) {
      std::string inner;
      if (shortcode.has_inner) {
        if (depth == kMaxDepth) fail(shortcode.offset, "shortcodes are nested too deep");
        inner = convert(begin + shortcode.inner_offset, shortcode.inner.size(), depth + 1).html;
      }
      // A line is counted from the top, so only for who asks.
      return options_.render_shortcode(shortcode, inner,
                                       [&] { return position(begin + shortcode.offset); });
    };
    const std::string_view part = text_.substr(begin, size);
    const ExpandedText expanded(part, expand, fail);
    MarkdownOptions markdown;
    markdown.raw_html = options_.raw_html;
    if (options_.find_page) {
      markdown.resolve_link = [&](const LinkPlace& link) {
        std::string address = options_.find_page(link.url);
        if (address.empty()) fail_link(begin, link);
        return address;
      };
    }
    ConvertedText converted = convert_markdown(expanded.markdown(), markdown);
    converted.html = expanded.fill(converted.html);
    converted.text = expanded.strip(converted.text);
    converted.summary = expanded.strip(converted.summary);
    return converted;
  }

 private:
  Position position(size_t offset) const {
    Position at = position_at(text_, std::min(offset, text_.size()), options_.file);
    at.line += options_.body_line - 1;
    return at;
  }

  /// Markdown's idea of a line is right but for shortcodes of several lines above it, and cmark
  /// gives the columns of a paragraph's first line only. So the address is looked for from there.
  [[noreturn]] void fail_link(size_t begin, const LinkPlace& link) const {
    size_t offset = begin;
    for (size_t line = 1; line < link.line; ++line) {
      const size_t newline = text_.find('\n', offset);
      if (newline == text_.npos) break;
      offset = newline + 1;
    }
    const size_t found = text_.find(link.url, offset);
    throw Error(position(found == text_.npos ? offset : found),
                fmt::format("broken link `{}`: no such page", printable(link.url)));
  }

  std::string_view text_;
  const PageTextOptions& options_;
};

}  // namespace

ConvertedText convert_page_text(std::string_view text, const PageTextOptions& options) {
  return Converter(text, options).convert(0, text.size(), 0);
}

}  // namespace memprof::sitegen
