#pragma once

#include <span>
#include <string>
#include <vector>

#include "sitegen/site/site.h"

namespace memprof::sitegen {

/// An HTML file of the output, yet to be rendered.
struct Output {
  enum class Kind { kPage, kSection, kTerm, kTaxonomy, kNotFound, kAlias };

  Kind kind = Kind::kPage;
  std::string path;                           ///< Below the output folder, with '/' between names.
  const Page* page = nullptr;                 ///< Of a page and an alias.
  const Section* section = nullptr;           ///< Of a section.
  const Taxonomy* taxonomy = nullptr;         ///< Of a term and a taxonomy.
  const Term* term = nullptr;                 ///< Of a term.
  size_t number = 1;                          ///< Of a list: which of its pages this is.
  size_t total = 1;                           ///< Of a list: how many there are.
  std::span<const Page* const> entries = {};  ///< Of a section and a term: those on this page.

  /// Who wants the file, for messages: "content/a.md", "the tags `x`".
  std::string origin() const;
};

inline constexpr const char* kNotFoundPath = "404.html";

/// All HTML files of `site`, which they point into: pages, then lists, then the rest.
std::vector<Output> site_outputs(const Site& site);

/// Where page `number` of the list goes whose first is `first`: "posts/page/2.html" for
/// "posts/index.html", "tags/x/page/2.html" for "tags/x.html".
std::string list_page_path(const std::string& first, size_t number);

}  // namespace memprof::sitegen
