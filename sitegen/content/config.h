#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sitegen/content/node.h"

namespace memprof::sitegen {

struct MenuItem {
  std::string title;
  std::string url;  ///< From the top of the site, without '/' in front, or with a scheme.
};

/// What sitegen.toml says, or leaves at its default.
struct Config {
  std::string title;     ///< Empty: that of the home page.
  std::string base_url;  ///< "https://example.com/blog/"; empty: no feeds, sitemap and robots.txt.
  std::string language = "en";
  std::string description;
  std::string author;
  std::vector<std::string> taxonomies = {"tags", "categories"};
  size_t page_size = 10;       ///< Entries on a page of a list; 0: all.
  size_t feed_limit = 20;      ///< Entries of a feed, newest first; 0: all.
  bool home_lists_all = true;  ///< Else the home page lists the pages of content/ itself.
  bool sidebar = false;        ///< For layouts: whether to show the tree of sections.
  bool raw_html = false;       ///< HTML in Markdown passes; else it is escaped.
  bool check_links = true;
  std::vector<MenuItem> menu;
  Node params;  ///< A map.

  /// Where the site begins on its server: "/blog/" for the base_url above, "/" without one.
  std::string base_path() const;
};

/// Reads the configuration `file`. Throws Error when it cannot be read, and with the place of what
/// is wrong in it; that includes keys that nobody knows.
Config load_config(const std::filesystem::path& file);

}  // namespace memprof::sitegen
