#include "sitegen/content/page.h"

#include "sitegen/base/text.h"

namespace memprof::sitegen {
namespace {

constexpr std::string_view kExtension = ".md";
constexpr std::string_view kIndexFile = "index.md";
constexpr size_t kSummaryCharacters = 200;

/// "my-first_page" reads better as "my first page".
std::string title_from_name(std::string_view name) {
  std::string title(name);
  for (char& c : title) {
    if (c == '-' || c == '_') c = ' ';
  }
  return title;
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\f") == std::string_view::npos;
}

}  // namespace

bool Page::is_index() const {
  return last_name(source.relative) == kIndexFile;
}

std::string summary_of(const Page& page) {
  if (!page.front_matter.description.empty()) return page.front_matter.description;
  const ConvertedText& content = page.content;
  return shorten(content.summary.empty() ? content.text : content.summary, kSummaryCharacters);
}

Page parse_page(const SourceFile& source, std::string_view text,
                std::span<const std::string> taxonomies) {
  Document document = parse_document(text, printable(source.path), taxonomies);
  Page page;
  page.source = source;
  page.front_matter = std::move(document.front_matter);
  page.body = document.body;
  page.body_line = document.body_line;

  const std::string_view relative = source.relative;
  const std::string_view name = last_name(relative);
  const std::string_view stem = name.substr(0, name.size() - kExtension.size());
  page.section = parent_of(relative);
  page.title = page.front_matter.title;
  if (is_blank(page.title)) {
    page.title = page.is_index() ? default_section_title(page.section) : title_from_name(stem);
  }
  // The slug of an index would move a whole folder; it is named by the folder alone.
  const bool has_slug = !page.front_matter.slug.empty() && !page.is_index();
  const std::string slug = has_slug ? page.front_matter.slug : std::string(stem);
  page.output = join_path(page.section, slug + ".html");
  return page;
}

std::string default_section_title(std::string_view section) {
  return section.empty() ? "Home" : title_from_name(last_name(section));
}

std::string join_path(std::string_view folder, std::string_view name) {
  std::string path(folder);
  if (!path.empty()) path += '/';
  return path.append(name);
}

std::string_view parent_of(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string_view last_name(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace memprof::sitegen
