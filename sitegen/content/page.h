#pragma once

#include <string>
#include <string_view>

#include "sitegen/base/source_files.h"
#include "sitegen/content/front_matter.h"

namespace memprof::sitegen {

/// One Markdown file of the site, read and checked.
struct Page {
  SourceFile source;
  FrontMatter front_matter;
  std::string body;     ///< Markdown.
  std::string section;  ///< Its folder below content/, "guide/setup"; empty at the top.
  std::string title;    ///< Of the front matter, else made from the file's name. Never empty.
  std::string output;   ///< Where it goes below the output folder, "guide/setup/linux.html".

  /// An index.md speaks for its folder: its title and text open the folder's list of pages.
  bool is_index() const;
};

/// Reads `source`. Throws Error when it cannot be read or its front matter is wrong.
Page load_page(const SourceFile& source);

/// What the list of the folder `section` is called when nobody gave it a title: "Home" for the top.
std::string default_section_title(std::string_view section);

/// `folder`/`name`, or just `name` when `folder` is the top, "".
std::string join_path(std::string_view folder, std::string_view name);

/// The last name of `path`: "setup" of "guide/setup".
std::string_view last_name(std::string_view path);

}  // namespace memprof::sitegen
