#include "sitegen/site/site.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "sitegen/base/slug.h"

namespace memprof::sitegen {
namespace {

bool listed_before(const Page* a, const Page* b) {
  const auto key = [](const Page* page, const Page* other) {
    // The dates are swapped: the newest comes first.
    return std::tie(page->front_matter.weight, other->front_matter.date, page->title,
                    page->source.relative);
  };
  return key(a, b) < key(b, a);
}

std::string parent_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

/// The section at `path`, made with all sections above it when it is new.
Section& section_at(Site& site, const std::string& path) {
  const auto [found, is_new] = site.sections.try_emplace(path);
  Section& section = found->second;
  if (!is_new) return section;
  section.path = path;
  section.title = default_section_title(path);
  section.output = join_path(path, "index.html");
  if (!path.empty()) section_at(site, parent_of(path)).subsections.push_back(&section);
  return section;
}

void collect_sections(Site& site) {
  Section& home = section_at(site, "");
  for (const Page& page : site.pages) {
    Section& section = section_at(site, page.section);
    if (page.is_index()) {
      section.index = &page;
      section.title = page.title;
      continue;
    }
    home.pages.push_back(&page);
    if (&section != &home) section.pages.push_back(&page);
  }
  for (auto& [path, section] : site.sections) {
    std::sort(section.pages.begin(), section.pages.end(), listed_before);
    std::sort(section.subsections.begin(), section.subsections.end(),
              [](const Section* a, const Section* b) { return a->path < b->path; });
  }
}

void collect_tags(Site& site) {
  for (const Page& page : site.pages) {
    std::set<std::string> seen;  // A page may give a tag twice.
    for (const std::string& name : page.front_matter.tags) {
      const std::string slug = slugify(name);
      Tag& tag = site.tags[slug];
      if (tag.name.empty() || name < tag.name) tag.name = name;
      if (seen.insert(slug).second) tag.pages.push_back(&page);
    }
  }
  for (auto& [slug, tag] : site.tags) {
    tag.output = "tags/" + slug + ".html";
    std::sort(tag.pages.begin(), tag.pages.end(), listed_before);
  }
}

}  // namespace

Site make_site(std::vector<Page> pages) {
  Site site;
  site.pages = std::move(pages);
  collect_sections(site);
  collect_tags(site);
  site.title = site.sections.at("").title;
  return site;
}

}  // namespace memprof::sitegen
