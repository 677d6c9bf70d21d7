#pragma once

#include <map>
#include <string>
#include <vector>

#include "sitegen/content/page.h"

namespace memprof::sitegen {

/// A folder of content/ that has pages, or folders with pages, and so a list of them.
struct Section {
  std::string path;                         ///< Below content/; empty for the home page.
  std::string title;                        ///< Of its index.md, else made from the folder's name.
  std::string output;                       ///< "guide/setup/index.html".
  const Page* index = nullptr;              ///< Its index.md, if there is one.
  std::vector<const Page*> pages;           ///< Those to list; on the home page, all of the site.
  std::vector<const Section*> subsections;  ///< By path.
};

/// What pages call by names with the same slug is one tag: "Heap" and "heap".
struct Tag {
  std::string name;    ///< The first in byte order of those that pages use.
  std::string output;  ///< "tags/heap.html".
  std::vector<const Page*> pages;
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

  std::string title;
  std::vector<Page> pages;
  std::map<std::string, Section> sections;  ///< By path; the home page "" is always there.
  std::map<std::string, Tag> tags;          ///< By slug.
};

/// Where the list of all tags goes; only a site with tags has one.
inline constexpr const char* kTagsOutput = "tags/index.html";

/// Puts `pages` into sections and tags.
Site make_site(std::vector<Page> pages);

}  // namespace memprof::sitegen
