#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sitegen/content/config.h"
#include "sitegen/content/page.h"

namespace memprof::sitegen {

/// A folder of content/ that has pages, or folders with pages, and so a list of them.
struct Section {
  std::string path;                         ///< Below content/; empty for the home page.
  std::string title;                        ///< Of its index.md, else made from the folder's name.
  std::string output;                       ///< "guide/setup/index.html".
  const Page* index = nullptr;              ///< Its index.md, if there is one.
  std::vector<const Page*> pages;           ///< Its own, without the index.
  std::vector<const Section*> subsections;  ///< By the weight of their index, then by path.
};

/// What pages call by names with the same slug is one term: "Heap" and "heap".
struct Term {
  std::string name;    ///< The first in byte order of those that pages use.
  std::string output;  ///< "tags/heap.html".
  std::vector<const Page*> pages;
};

/// A way to sort pages: their tags, their categories.
struct Taxonomy {
  std::string name;                   ///< Its key in front matter, "tags".
  std::string title;                  ///< "Tags".
  std::string output;                 ///< "tags/index.html".
  std::map<std::string, Term> terms;  ///< By slug. Not empty.

  /// Those of the page of that index, each once, in the page's order.
  const std::vector<const Term*>& terms_of(size_t page) const { return by_page[page]; }
  std::vector<std::vector<const Term*>> by_page;  ///< Of Site::pages.
};

/// The pages of a site and the lists of them. Lists point into `pages`, hence no copies.
///
/// Every list has one order: by weight, then date with the newest first, then title, then path.
struct Site {
  Site() = default;
  Site(Site&&) = default;
  Site& operator=(Site&&) = default;
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  /// The page of the file `relative` to content/; nullptr when there is none.
  const Page* find_page(std::string_view relative) const;

  /// Where `page`, one of these, is among them.
  size_t index_of(const Page& page) const { return static_cast<size_t>(&page - pages.data()); }

  Config config;
  std::string title;
  std::vector<Page> pages;                  ///< By source.relative.
  std::map<std::string, Section> sections;  ///< By path; always has "".
  std::vector<Taxonomy> taxonomies;  ///< Those that have terms, in the configuration's order.
  std::vector<const Page*> listed;   ///< All pages that are no index, in the lists' order.
};

Site make_site(Config config, std::vector<Page> pages);

}  // namespace memprof::sitegen
