#include "sitegen/site/outputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "sitegen/base/text.h"

namespace memprof::sitegen {
namespace {

constexpr std::string_view kIndex = "index.html";
constexpr std::string_view kHtml = ".html";

class Collector {
 public:
  explicit Collector(const Site& site) : site_(site) {}

  std::vector<Output> collect() {
    for (const Page& page : site_.pages) {
      // The page of an index.md is its section's.
      if (!page.is_index()) {
        outputs_.push_back({.kind = Output::Kind::kPage, .path = page.output, .page = &page});
      }
    }
    for (const auto& [path, section] : site_.sections) add_section(section);
    for (const Taxonomy& taxonomy : site_.taxonomies) {
      for (const auto& [slug, term] : taxonomy.terms) {
        Output list{.kind = Output::Kind::kTerm, .path = term.output};
        list.taxonomy = &taxonomy;
        list.term = &term;
        add_list(list, term.pages);
      }
      outputs_.push_back(
          {.kind = Output::Kind::kTaxonomy, .path = taxonomy.output, .taxonomy = &taxonomy});
    }
    outputs_.push_back({.kind = Output::Kind::kNotFound, .path = kNotFoundPath});
    for (const Page& page : site_.pages) {
      for (const std::string& alias : page.front_matter.aliases) {
        outputs_.push_back({.kind = Output::Kind::kAlias, .path = alias, .page = &page});
      }
    }
    return std::move(outputs_);
  }

 private:
  void add_section(const Section& section) {
    Output list{.kind = Output::Kind::kSection, .path = section.output};
    list.section = &section;
    const bool all = section.path.empty() && site_.config.home_lists_all;
    add_list(list, all ? site_.listed : section.pages);
  }

  void add_list(Output list, std::span<const Page* const> pages) {
    const size_t size =
        site_.config.page_size == 0 ? std::max<size_t>(pages.size(), 1) : site_.config.page_size;
    list.total = std::max<size_t>((pages.size() + size - 1) / size, 1);
    const std::string first = list.path;
    for (list.number = 1; list.number <= list.total; ++list.number) {
      const size_t begin = (list.number - 1) * size;
      list.path = list_page_path(first, list.number);
      list.entries = pages.subspan(begin, std::min(size, pages.size() - begin));
      outputs_.push_back(list);
    }
  }

  const Site& site_;
  std::vector<Output> outputs_;
};

}  // namespace

std::string Output::origin() const {
  switch (kind) {
    case Kind::kPage:
    case Kind::kAlias:
      return printable(page->source.path);
    case Kind::kSection:
      return section->index != nullptr
                 ? printable(section->index->source.path)
                 : fmt::format("the list of pages in `content/{}`", section->path);
    case Kind::kTerm:
      return fmt::format("the {} `{}`", taxonomy->name, term->name);
    case Kind::kTaxonomy:
      return fmt::format("the list of all {}", taxonomy->name);
    case Kind::kNotFound:
      return "the page for what is not found";
  }
  assert(false);
  return {};
}

std::vector<Output> site_outputs(const Site& site) {
  return Collector(site).collect();
}

std::string list_page_path(const std::string& first, size_t number) {
  if (number == 1) return first;
  std::string folder = first;
  if (folder == kIndex || folder.ends_with("/" + std::string(kIndex))) {
    folder.resize(folder.size() - kIndex.size());
  } else {
    folder.replace(folder.size() - kHtml.size(), kHtml.size(), "/");
  }
  return fmt::format("{}page/{}.html", folder, number);
}

}  // namespace memprof::sitegen
