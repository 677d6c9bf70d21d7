#pragma once

#include <span>
#include <string>
#include <string_view>

#include "sitegen/base/source_files.h"
#include "sitegen/content/front_matter.h"
#include "sitegen/content/markdown.h"

namespace memprof::sitegen {

/// One Markdown file of the site, read and checked.
struct Page {
  SourceFile source;
  FrontMatter front_matter;
  std::string body;       ///< Markdown; empty again once it is converted.
  size_t body_line = 1;   ///< Where it begins in the file.
  std::string section;    ///< Its folder below content/, "guide/setup"; empty at the top.
  std::string title;      ///< Of the front matter, else made from the file's name. Never empty.
  std::string output;     ///< Where it goes below the output folder, "guide/setup/linux.html".
  ConvertedText content;  ///< What became of the body, while that is needed.
  std::string summary;  ///< Its description, else the beginning of its text. Known once converted.
  const Page* previous = nullptr;  ///< The one before it in its section's list.
  const Page* next = nullptr;

  /// An index.md speaks for its folder: its title and text open the folder's list of pages.
  bool is_index() const;
};

/// Makes a page of `text`, the bytes of `source`; its content is not converted yet. Throws Error
/// when the text or its front matter is wrong.
Page parse_page(const SourceFile& source, std::string_view text,
                std::span<const std::string> taxonomies);

/// What the page says of itself in a few words. REQUIRES: its content.
std::string summary_of(const Page& page);

/// What the list of the folder `section` is called when nobody gave it a title: "Home" for the top.
std::string default_section_title(std::string_view section);

/// `folder`/`name`, or just `name` when `folder` is the top, "".
std::string join_path(std::string_view folder, std::string_view name);

/// The last name of `path`: "setup" of "guide/setup".
std::string_view last_name(std::string_view path);

/// What is above `path`: "guide" of "guide/setup", "" of "guide".
std::string_view parent_of(std::string_view path);

}  // namespace memprof::sitegen
