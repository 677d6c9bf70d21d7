#include "sitegen/render/template_data.h"

#include "sitegen/base/slug.h"
#include "sitegen/content/date.h"

namespace memprof::sitegen {
namespace {

using List = kainjow::mustache::list;

Data text_or_false(const std::string& text) {
  return text.empty() ? Data(false) : Data(text);
}

/// Sets every key of a list's item: a key that it lacks would be looked for further out.
Data item_data(const std::string& title, const std::string& output, const std::string& date,
               const std::string& summary, size_t count) {
  Data item;
  item["title"] = title;
  item["url"] = url_encode(output);
  item["date"] = text_or_false(date);
  item["summary"] = text_or_false(summary);
  item["count"] = text_or_false(count == 0 ? "" : std::to_string(count));
  return item;
}

std::string date_text(const Page& page) {
  return page.front_matter.date ? day_of(*page.front_matter.date) : "";
}

Data page_item(const Page& page) {
  return item_data(page.title, page.output, date_text(page), page.summary, 0);
}

/// Without its summary, which is not known before all pages are.
Data neighbour_item(const Page& page) {
  return item_data(page.title, page.output, date_text(page), "", 0);
}

Data section_item(const Section& section) {
  return item_data(section.title, section.output, "", "", section.pages.size());
}

Data term_item(const Term& term) {
  return item_data(term.name, term.output, "", "", term.pages.size());
}

void set_list(Data& data, const std::string& name, const List& items) {
  data["has_" + name] = !items.empty();
  data[name] = items;
}

bool is_external(const std::string& url) {
  return url.find(':') != std::string::npos || url.starts_with("//");
}

class OutputData {
 public:
  OutputData(const Site& site, const Output& output) : site_(site), output_(output) {}

  Data make() {
    set_defaults();
    switch (output_.kind) {
      case Output::Kind::kPage:
        set_page(*output_.page);
        break;
      case Output::Kind::kSection:
        set_section(*output_.section);
        break;
      case Output::Kind::kTaxonomy: {
        data_["title"] = output_.taxonomy->title;
        List entries;
        for (const auto& [slug, term] : output_.taxonomy->terms) entries.push_back(term_item(term));
        set_list(data_, "entries", entries);
        break;
      }
      case Output::Kind::kTerm:
        data_["title"] = output_.term->name;
        set_list(data_, "parents",
                 {item_data(output_.taxonomy->title, output_.taxonomy->output, "", "", 0)});
        set_entries();
        break;
      case Output::Kind::kNotFound:
        data_["title"] = "Page not found";
        // It is served for any address, however deep.
        data_["root"] = site_.config.base_path();
        data_["permalink"] = false;
        break;
      case Output::Kind::kAlias:
        break;
    }
    if (site_.config.sidebar) set_list(data_, "nav", nav());
    return std::move(data_);
  }

 private:
  void set_defaults() {
    const std::string& base = site_.config.base_url;
    const std::string url = url_encode(output_.path);
    for (const char* name : {"home", "date", "datetime", "updated", "toc", "description",
                             "previous", "next", "has_neighbours", "paginated", "newer", "older"}) {
      data_[name] = false;
    }
    for (const char* name : {"parents", "terms", "sections", "entries", "nav"}) {
      set_list(data_, name, {});
    }
    data_["content"] = "";
    data_["url"] = url;
    data_["permalink"] = base.empty() ? Data(false) : Data(base + url);
    data_["root"] = root_of(output_.path);
    data_["params"] = Data();
  }

  void set_page(const Page& page) {
    data_["title"] = page.title;
    set_front_matter(page);
    set_list(data_, "parents", parents(page.section));
    List terms;
    for (const Taxonomy& taxonomy : site_.taxonomies) {
      List own;
      for (const std::string& slug : term_slugs(page, taxonomy.name)) {
        own.push_back(term_item(taxonomy.terms.at(slug)));
      }
      for (const Data& term : own) terms.push_back(term);
      set_list(data_, taxonomy.name, own);
    }
    set_list(data_, "terms", terms);
    if (page.previous != nullptr) data_["previous"] = neighbour_item(*page.previous);
    if (page.next != nullptr) data_["next"] = neighbour_item(*page.next);
    data_["has_neighbours"] = page.previous != nullptr || page.next != nullptr;
  }

  void set_section(const Section& section) {
    data_["title"] = section.path.empty() && section.index == nullptr ? site_.title : section.title;
    data_["home"] = section.path.empty();
    if (!section.path.empty()) {
      set_list(data_, "parents", parents(std::string(parent_of(section.path))));
    }
    if (section.path.empty()) data_["description"] = text_or_false(site_.config.description);
    if (output_.number == 1) {
      if (section.index != nullptr) set_front_matter(*section.index);
      List sections;
      for (const Section* subsection : section.subsections) {
        sections.push_back(section_item(*subsection));
      }
      set_list(data_, "sections", sections);
    }
    set_entries();
  }

  void set_front_matter(const Page& page) {
    const FrontMatter& front = page.front_matter;
    if (front.date) {
      data_["date"] = day_of(*front.date);
      data_["datetime"] = rfc3339_of(*front.date);
    }
    if (front.updated) data_["updated"] = day_of(*front.updated);
    if (!page.summary.empty()) data_["description"] = page.summary;
    data_["content"] = page.content.html;
    data_["toc"] = text_or_false(table_of_contents(page.content.headings));
    data_["params"] = data_of(front.params);
  }

  void set_entries() {
    List entries;
    for (const Page* page : output_.entries) entries.push_back(page_item(*page));
    set_list(data_, "entries", entries);
    if (output_.total == 1) return;
    const std::string& first =
        output_.section != nullptr ? output_.section->output : output_.term->output;
    data_["paginated"] = true;
    data_["number"] = std::to_string(output_.number);
    data_["total"] = std::to_string(output_.total);
    if (output_.number > 1) {
      data_["newer"] = url_encode(list_page_path(first, output_.number - 1));
      data_["newer_number"] = std::to_string(output_.number - 1);
    }
    if (output_.number < output_.total) {
      data_["older"] = url_encode(list_page_path(first, output_.number + 1));
      data_["older_number"] = std::to_string(output_.number + 1);
    }
  }

  /// From the home page down to the innermost section above, without the home page itself.
  List parents(const std::string& section) const {
    List items;
    for (size_t end = section.find('/'); !section.empty(); end = section.find('/', end + 1)) {
      items.push_back(section_item(site_.sections.at(section.substr(0, end))));
      if (end == std::string::npos) break;
    }
    return items;
  }

  std::string own_section() const {
    if (output_.page != nullptr) return output_.page->section;
    return output_.section != nullptr ? output_.section->path : "";
  }

  List nav() const {
    List items;
    add_to_nav(site_.sections.at(""), own_section(), 0, items);
    return items;
  }

  /// The sections and pages of `section`; of its subsections only the one on the way to `open`.
  void add_to_nav(const Section& section, const std::string& open, size_t depth,
                  List& items) const {
    for (const Section* subsection : section.subsections) {
      items.push_back(nav_item(subsection->title, subsection->output, depth));
      const std::string& path = subsection->path;
      if (open == path || open.starts_with(path + "/")) {
        add_to_nav(*subsection, open, depth + 1, items);
      }
    }
    for (const Page* page : section.pages) {
      items.push_back(nav_item(page->title, page->output, depth));
    }
  }

  Data nav_item(const std::string& title, const std::string& output, size_t depth) const {
    Data item = item_data(title, output, "", "", 0);
    item["depth"] = std::to_string(depth);
    item["current"] = output == output_.path;
    return item;
  }

  const Site& site_;
  const Output& output_;
  Data data_;
};

}  // namespace

Data data_of(const Node& node) {
  switch (node.kind) {
    case Node::Kind::kNull:
      return false;
    case Node::Kind::kBool:
      return node.is_true();
    case Node::Kind::kNumber:
    case Node::Kind::kText:
      return node.text;
    case Node::Kind::kList: {
      List items;
      for (const Node& item : node.items) items.push_back(data_of(item));
      return items;
    }
    case Node::Kind::kMap: {
      Data map;
      for (const auto& [key, value] : node.entries) map[key] = data_of(value);
      return map;
    }
  }
  return false;
}

Data site_data(const Site& site, const Node& data_files) {
  const Config& config = site.config;
  Data data;
  data["title"] = site.title;
  data["description"] = text_or_false(config.description);
  data["author"] = text_or_false(config.author);
  data["language"] = config.language;
  data["base_url"] = text_or_false(config.base_url);
  data["has_feeds"] = !config.base_url.empty();
  data["sidebar"] = config.sidebar;
  List menu;
  for (const MenuItem& item : config.menu) {
    Data entry;
    entry["title"] = item.title;
    entry["url"] = item.url;
    entry["external"] = is_external(item.url);
    menu.push_back(entry);
  }
  set_list(data, "menu", menu);
  List taxonomies;
  for (const Taxonomy& taxonomy : site.taxonomies) {
    taxonomies.push_back(item_data(taxonomy.title, taxonomy.output, "", "", taxonomy.terms.size()));
  }
  set_list(data, "taxonomies", taxonomies);
  data["params"] = config.params.kind == Node::Kind::kMap ? data_of(config.params) : Data();
  data["data"] = data_of(data_files);
  Data shared;
  shared["site"] = std::move(data);
  return shared;
}

std::string root_of(const std::string& output) {
  std::string root = "./";
  for (const char c : output) {
    if (c == '/') root += "../";
  }
  return root.size() > 2 ? root.substr(2) : root;
}

Data output_data(const Site& site, const Output& output) {
  return OutputData(site, output).make();
}

}  // namespace memprof::sitegen
