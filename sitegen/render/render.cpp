#include "sitegen/render/render.h"

#include <algorithm>
#include <kainjow/mustache.hpp>
#include <variant>

#include "sitegen/base/error.h"
#include "sitegen/base/slug.h"
#include "sitegen/content/markdown.h"

namespace memprof::sitegen {
namespace {

using Data = kainjow::mustache::data;

constexpr const char* kPageLayout = "page";
constexpr const char* kListLayout = "list";

std::string layout_of(const Page* page, const char* otherwise) {
  return page == nullptr || page->front_matter.layout.empty() ? otherwise
                                                              : page->front_matter.layout;
}

/// The way from the file `output` up to the top of the site. Never empty: "./" keeps a name with a
/// colon from being taken for a scheme.
std::string root_of(const std::string& output) {
  std::string root = "./";
  for (const char c : output) {
    if (c == '/') root += "../";
  }
  return root.size() > 2 ? root.substr(2) : root;
}

Data text_or_false(const std::string& text) {
  return text.empty() ? Data(false) : Data(text);
}

/// Sets every key of a list's item: a key that it lacks would be looked for further out.
Data item_data(const std::string& title, const std::string& output, const std::string& date,
               size_t count) {
  Data item;
  item["title"] = title;
  item["url"] = url_encode(output);
  item["date"] = text_or_false(date);
  item["count"] = text_or_false(count == 0 ? "" : std::to_string(count));
  return item;
}

Data page_item(const Page& page) {
  return item_data(page.title, page.output, page.front_matter.date, 0);
}

Data section_item(const Section& section) {
  return item_data(section.title, section.output, "", section.pages.size());
}

Data tag_item(const Tag& tag) {
  return item_data(tag.name, tag.output, "", tag.pages.size());
}

void set_list(Data& data, const std::string& name, const kainjow::mustache::list& items) {
  data["has_" + name] = !items.empty();
  data[name] = items;
}

Data param_data(const Param& param) {
  if (const bool* truth = std::get_if<bool>(&param)) return *truth;
  if (const std::string* text = std::get_if<std::string>(&param)) return *text;
  kainjow::mustache::list items;
  for (const std::string& text : std::get<std::vector<std::string>>(param))
    items.emplace_back(text);
  return items;
}

class Renderer {
 public:
  Renderer(const Site& site, TemplateSet& templates) : site_(site), templates_(templates) {
    site_data_["title"] = site.title;
    site_data_["has_tags"] = !site.tags.empty();
  }

  RenderedFile render_page(const Page& page) {
    Data data = common_data(page.title, page.output, page.section);
    set_front_matter(data, page);
    kainjow::mustache::list tags;
    for (const auto& slug : slugs_of(page)) tags.push_back(tag_item(site_.tags.at(slug)));
    set_list(data, "tags", tags);
    return {page.output, templates_.render(layout_of(&page, kPageLayout), data)};
  }

  RenderedFile render_section(const Section& section) {
    const size_t slash = section.path.rfind('/');
    const std::string above = slash == std::string::npos ? "" : section.path.substr(0, slash);
    Data data = common_data(section.title, section.output, above);
    data["home"] = section.path.empty();
    if (section.index != nullptr) set_front_matter(data, *section.index);
    kainjow::mustache::list sections;
    for (const Section* subsection : section.subsections) {
      sections.push_back(section_item(*subsection));
    }
    set_list(data, "sections", sections);
    set_list(data, "entries", page_items(section.pages));
    return {section.output, templates_.render(layout_of(section.index, kListLayout), data)};
  }

  RenderedFile render_tag(const Tag& tag) {
    Data data = common_data(tag.name, tag.output, "");
    set_list(data, "entries", page_items(tag.pages));
    return {tag.output, templates_.render(kListLayout, data)};
  }

  RenderedFile render_tag_list() {
    Data data = common_data("Tags", kTagsOutput, "");
    kainjow::mustache::list entries;
    for (const auto& [slug, tag] : site_.tags) entries.push_back(tag_item(tag));
    set_list(data, "entries", entries);
    return {kTagsOutput, templates_.render(kListLayout, data)};
  }

 private:
  /// What every file is given; `section` is the innermost one above it.
  Data common_data(const std::string& title, const std::string& output,
                   const std::string& section) const {
    Data data;
    data["title"] = title;
    data["date"] = false;
    data["count"] = false;
    data["content"] = "";
    data["url"] = url_encode(output);
    data["root"] = root_of(output);
    data["home"] = false;
    data["site"] = Data(site_data_);
    data["params"] = Data();
    kainjow::mustache::list parents;
    for (size_t end = section.find('/'); !section.empty(); end = section.find('/', end + 1)) {
      parents.push_back(section_item(site_.sections.at(section.substr(0, end))));
      if (end == std::string::npos) break;
    }
    set_list(data, "parents", parents);
    return data;
  }

  static void set_front_matter(Data& data, const Page& page) {
    data["date"] = text_or_false(page.front_matter.date);
    data["content"] = markdown_to_html(page.body);
    Data params;
    for (const auto& [key, value] : page.front_matter.params) params[key] = param_data(value);
    data["params"] = std::move(params);
  }

  /// The slugs of the page's tags, each once, in the page's order.
  static std::vector<std::string> slugs_of(const Page& page) {
    std::vector<std::string> slugs;
    for (const std::string& tag : page.front_matter.tags) {
      std::string slug = slugify(tag);
      if (std::find(slugs.begin(), slugs.end(), slug) == slugs.end()) {
        slugs.push_back(std::move(slug));
      }
    }
    return slugs;
  }

  static kainjow::mustache::list page_items(const std::vector<const Page*>& pages) {
    kainjow::mustache::list items;
    for (const Page* page : pages) items.push_back(page_item(*page));
    return items;
  }

  const Site& site_;
  TemplateSet& templates_;
  Data site_data_;
};

}  // namespace

void check_layouts(const Site& site, const TemplateSet& templates) {
  for (const Page& page : site.pages) {
    const std::string& layout = page.front_matter.layout;
    if (layout.empty() || templates.contains(layout)) continue;
    throw Error(page.front_matter.layout_position,
                "unknown layout `" + layout + "`: there is no layouts/" + layout + ".mustache");
  }
}

std::vector<RenderedFile> render_site(const Site& site, TemplateSet& templates) {
  Renderer renderer(site, templates);
  std::vector<RenderedFile> files;
  for (const Page& page : site.pages) {
    if (!page.is_index()) files.push_back(renderer.render_page(page));
  }
  for (const auto& [path, section] : site.sections) {
    files.push_back(renderer.render_section(section));
  }
  for (const auto& [slug, tag] : site.tags) files.push_back(renderer.render_tag(tag));
  if (!site.tags.empty()) files.push_back(renderer.render_tag_list());
  return files;
}

}  // namespace memprof::sitegen
