#include "sitegen/site/site.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "sitegen/base/slug.h"

namespace memprof::sitegen {
namespace {

bool listed_before(const Page* a, const Page* b) {
  const auto key = [](const Page* page, const Page* other) {
    // The dates are swapped: the newest comes first. A page without one is older than all.
    return std::tie(page->front_matter.weight, other->front_matter.date, page->title,
                    page->source.relative);
  };
  return key(a, b) < key(b, a);
}

bool section_before(const Section* a, const Section* b) {
  const auto weight = [](const Section* section) {
    return section->index == nullptr ? 0 : section->index->front_matter.weight;
  };
  return std::pair(weight(a), std::string_view(a->path)) <
         std::pair(weight(b), std::string_view(b->path));
}

/// The section at `path`, made with all sections above it when it is new.
Section& section_at(Site& site, const std::string& path) {
  const auto [found, is_new] = site.sections.try_emplace(path);
  Section& section = found->second;
  if (!is_new) return section;
  section.path = path;
  section.title = default_section_title(path);
  section.output = join_path(path, "index.html");
  if (!path.empty()) {
    section_at(site, std::string(parent_of(path))).subsections.push_back(&section);
  }
  return section;
}

void collect_sections(Site& site) {
  section_at(site, "");
  for (const Page& page : site.pages) {
    Section& section = section_at(site, page.section);
    if (page.is_index()) {
      section.index = &page;
      section.title = page.title;
    } else {
      section.pages.push_back(&page);
    }
  }
  for (auto& [path, section] : site.sections) {
    std::sort(section.pages.begin(), section.pages.end(), listed_before);
    std::sort(section.subsections.begin(), section.subsections.end(), section_before);
  }
}

void link_neighbours(Site& site) {
  std::unordered_map<const Page*, Page*> writable;
  for (Page& page : site.pages) writable.emplace(&page, &page);
  for (const auto& [path, section] : site.sections) {
    for (size_t i = 1; i < section.pages.size(); ++i) {
      writable.at(section.pages[i - 1])->next = section.pages[i];
      writable.at(section.pages[i])->previous = section.pages[i - 1];
    }
  }
}

std::string capitalized(std::string name) {
  if (name.front() >= 'a' && name.front() <= 'z') {
    name.front() = static_cast<char>(name.front() - 'a' + 'A');
  }
  return name;
}

void collect_terms(Site& site) {
  for (const std::string& name : site.config.taxonomies) {
    Taxonomy taxonomy{.name = name,
                      .title = capitalized(name),
                      .output = name + "/index.html",
                      .terms = {},
                      .by_page = std::vector<std::vector<const Term*>>(site.pages.size())};
    for (const Page& page : site.pages) {
      const auto given = page.front_matter.terms.find(name);
      if (given == page.front_matter.terms.end()) continue;
      for (const std::string& term_name : given->second) {
        Term& term = taxonomy.terms[slugify(term_name)];
        if (term.name.empty() || term_name < term.name) term.name = term_name;
        // A page may give a term twice.
        if (!term.pages.empty() && term.pages.back() == &page) continue;
        term.pages.push_back(&page);
        taxonomy.by_page[site.index_of(page)].push_back(&term);
      }
    }
    for (auto& [slug, term] : taxonomy.terms) {
      term.output = name + "/" + slug + ".html";
      std::sort(term.pages.begin(), term.pages.end(), listed_before);
    }
    if (!taxonomy.terms.empty()) site.taxonomies.push_back(std::move(taxonomy));
  }
}

}  // namespace

const Page* Site::find_page(std::string_view relative) const {
  const auto found = std::lower_bound(
      pages.begin(), pages.end(), relative,
      [](const Page& page, std::string_view name) { return page.source.relative < name; });
  return found == pages.end() || found->source.relative != relative ? nullptr : &*found;
}

Site make_site(Config config, std::vector<Page> pages) {
  Site site;
  site.config = std::move(config);
  site.pages = std::move(pages);
  std::sort(site.pages.begin(), site.pages.end(),
            [](const Page& a, const Page& b) { return a.source.relative < b.source.relative; });
  for (const Page& page : site.pages) {
    if (!page.is_index()) site.listed.push_back(&page);
  }
  std::sort(site.listed.begin(), site.listed.end(), listed_before);
  collect_sections(site);
  link_neighbours(site);
  collect_terms(site);
  site.title = site.config.title.empty() ? site.sections.at("").title : site.config.title;
  return site;
}

}  // namespace memprof::sitegen
