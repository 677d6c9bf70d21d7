#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace memprof::sitegen {

struct Heading {
  int level = 1;      ///< 1 to 6.
  std::string id;     ///< Its anchor; unique in the document.
  std::string title;  ///< Plain text.
};

/// What becomes of a Markdown text.
struct ConvertedText {
  std::string html;
  std::vector<Heading> headings;
  std::string text;     ///< Plain; each run of white space one space.
  std::string summary;  ///< The first paragraph's plain text.
};

/// Where a link in the text is. Lines of the text count from 1, columns from 1, in bytes.
struct LinkPlace {
  std::string_view url;
  size_t line;
  size_t column;
};

struct MarkdownOptions {
  bool raw_html =
      false;  ///< HTML passes through; else it is escaped, and script links are dropped.
  bool heading_ids = true;

  /// Gives the address to put in place of a link's to a Markdown file (`../setup.md#linux`). What
  /// it throws comes out of convert_markdown(). Not set: links are left as they are.
  std::function<std::string(const LinkPlace&)> resolve_link = {};
};

/// Converts GitHub-flavoured Markdown: tables, strikethrough, task lists, autolinks and footnotes.
/// REQUIRES: `text` is valid UTF-8. May be called from several threads at once.
ConvertedText convert_markdown(std::string_view text, const MarkdownOptions& options);

/// A nested list of links to headings of the levels 2 and 3, as HTML. Empty for fewer than two.
std::string table_of_contents(const std::vector<Heading>& headings);

}  // namespace memprof::sitegen
