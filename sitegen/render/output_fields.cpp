#include "sitegen/render/output_fields.h"

#include <vector>

#include "sitegen/base/slug.h"
#include "sitegen/content/date.h"
#include "sitegen/content/markdown.h"

namespace memprof::sitegen {
namespace {

bool is_first_of_section(const Output& output) {
  return output.kind == Output::Kind::kSection && output.number == 1;
}

bool is_external(const std::string& url) {
  return url.find(':') != std::string::npos || url.starts_with("//");
}

/// What both kinds of fields are made of.
class Fields {
 protected:
  Fields(const Site& site, FieldSink& sink) : site_(site), sink_(sink) {}

  /// Each item by `give`, and whether there are any.
  template <typename Items, typename Give>
  void list(std::string_view name, const Items& items, Give give) {
    sink_.begin_list(name, items.size());
    for (const auto& entry : items) {
      sink_.begin_item();
      give(entry);
      sink_.end_item();
    }
    sink_.end_list();
  }

  void text_or_false(std::string_view name, const std::string& text) {
    if (text.empty()) {
      sink_.truth(name, false);
    } else {
      sink_.text(name, text);
    }
  }

  const Site& site_;
  FieldSink& sink_;
};

class SiteFields : Fields {
 public:
  SiteFields(const Site& site, FieldSink& sink) : Fields(site, sink) {}

  void give(const Node& data_files) {
    const Config& config = site_.config;
    sink_.text("title", site_.title);
    text_or_false("description", config.description);
    text_or_false("author", config.author);
    sink_.text("language", config.language);
    text_or_false("base_url", config.base_url);
    sink_.truth("has_feeds", !config.base_url.empty());
    sink_.truth("sidebar", config.sidebar);
    list("menu", config.menu, [this](const MenuItem& entry) {
      sink_.text("title", entry.title);
      sink_.text("url", entry.url);
      sink_.truth("external", is_external(entry.url));
    });
    list("taxonomies", site_.taxonomies, [this](const Taxonomy& taxonomy) {
      sink_.item(
          {.title = taxonomy.title, .output = taxonomy.output, .count = taxonomy.terms.size()});
    });
    if (config.params.kind == Node::Kind::kMap) {
      sink_.node("params", config.params);
    } else {
      sink_.begin_object("params");
      sink_.end_object();
    }
    sink_.node("data", data_files);
  }
};

class OutputFields : Fields {
 public:
  OutputFields(const Site& site, const Output& output, FieldSink& sink)
      : Fields(site, sink), output_(output) {}

  void give() {
    sink_.own_address(output_.path, site_.config.base_url);
    switch (output_.kind) {
      case Output::Kind::kPage:
        give_page(*output_.page);
        break;
      case Output::Kind::kSection:
        give_section(*output_.section);
        break;
      case Output::Kind::kTaxonomy:
        sink_.text("title", output_.taxonomy->title);
        list("entries", output_.taxonomy->terms, [this](const auto& entry) { term(entry.second); });
        break;
      case Output::Kind::kTerm:
        sink_.text("title", output_.term->name);
        list("parents", std::vector{output_.taxonomy}, [this](const Taxonomy* taxonomy) {
          sink_.item({.title = taxonomy->title, .output = taxonomy->output});
        });
        give_entries();
        break;
      case Output::Kind::kNotFound:
        sink_.text("title", "Page not found");
        // It is served for any address, however deep.
        sink_.text("root", site_.config.base_path());
        sink_.truth("permalink", false);
        break;
      case Output::Kind::kAlias:
        sink_.text("title", output_.page->title);
        sink_.text("target", root_of(output_.path) + url_encode(output_.page->output));
        return;
    }
    if (site_.config.sidebar) give_nav();
  }

 private:
  void page(const Page& page, std::string_view summary) {
    sink_.item({.title = page.title,
                .output = page.output,
                .date = page.front_matter.date,
                .summary = summary});
  }

  void section(const Section& section) {
    sink_.item({.title = section.title, .output = section.output, .count = section.pages.size()});
  }

  void term(const Term& term) {
    sink_.item({.title = term.name, .output = term.output, .count = term.pages.size()});
  }

  void give_page(const Page& page) {
    sink_.text("title", page.title);
    sink_.page(page);
    give_parents(page.section);
    std::vector<const Term*> terms;
    for (const Taxonomy& taxonomy : site_.taxonomies) {
      const std::vector<const Term*>& own = taxonomy.terms_of(site_.index_of(page));
      terms.insert(terms.end(), own.begin(), own.end());
      list(taxonomy.name, own, [this](const Term* one) { term(*one); });
    }
    list("terms", terms, [this](const Term* one) { term(*one); });
    give_neighbour("previous", page.previous);
    give_neighbour("next", page.next);
    sink_.truth("has_neighbours", page.previous != nullptr || page.next != nullptr);
  }

  /// Without its summary, which is not known before all pages are.
  void give_neighbour(std::string_view name, const Page* neighbour) {
    if (neighbour == nullptr) return;
    sink_.begin_object(name);
    page(*neighbour, "");
    sink_.end_object();
  }

  void give_section(const Section& of) {
    sink_.text("title", of.path.empty() && of.index == nullptr ? site_.title : of.title);
    if (of.path.empty()) {
      sink_.truth("home", true);
      text_or_false("description", site_.config.description);
    } else {
      give_parents(std::string(parent_of(of.path)));
    }
    if (is_first_of_section(output_)) {
      if (of.index != nullptr) sink_.page(*of.index);
      list("sections", of.subsections, [this](const Section* one) { section(*one); });
    }
    give_entries();
  }

  void give_entries() {
    list("entries", output_.entries, [this](const Page* one) { page(*one, one->summary); });
    if (output_.total == 1) return;
    const std::string& first =
        output_.section != nullptr ? output_.section->output : output_.term->output;
    sink_.truth("paginated", true);
    sink_.number("number", output_.number);
    sink_.number("total", output_.total);
    if (output_.number > 1) give_other_page("newer", first, output_.number - 1);
    if (output_.number < output_.total) give_other_page("older", first, output_.number + 1);
  }

  void give_other_page(const std::string& name, const std::string& first, size_t number) {
    sink_.url(name, list_page_path(first, number));
    sink_.number(name + "_number", number);
  }

  /// From the home page down to the innermost section above, without the home page itself.
  void give_parents(const std::string& of) {
    std::vector<const Section*> parents;
    for (size_t end = of.find('/'); !of.empty(); end = of.find('/', end + 1)) {
      parents.push_back(&site_.sections.at(of.substr(0, end)));
      if (end == std::string::npos) break;
    }
    list("parents", parents, [this](const Section* one) { section(*one); });
  }

  std::string own_section() const {
    if (output_.page != nullptr) return output_.page->section;
    return output_.section != nullptr ? output_.section->path : "";
  }

  /// Of the navigation.
  struct Place {
    const std::string* title;
    const std::string* output;
    size_t depth;
  };

  void give_nav() {
    std::vector<Place> places;
    add_places(site_.sections.at(""), own_section(), 0, places);
    list("nav", places, [this](const Place& place) {
      sink_.item({.title = *place.title, .output = *place.output});
      sink_.number("depth", place.depth);
      sink_.truth("current", *place.output == output_.path);
    });
  }

  /// The sections and pages of `of`; of its subsections only the one on the way to `open`.
  void add_places(const Section& of, const std::string& open, size_t depth,
                  std::vector<Place>& places) const {
    for (const Section* subsection : of.subsections) {
      places.push_back({&subsection->title, &subsection->output, depth});
      const std::string& path = subsection->path;
      if (open == path || open.starts_with(path + "/")) {
        add_places(*subsection, open, depth + 1, places);
      }
    }
    for (const Page* page : of.pages) places.push_back({&page->title, &page->output, depth});
  }

  const Output& output_;
};

}  // namespace

std::string root_of(const std::string& output) {
  std::string root = "./";
  for (const char c : output) {
    if (c == '/') root += "../";
  }
  return root.size() > 2 ? root.substr(2) : root;
}

void site_fields(const Site& site, const Node& data_files, FieldSink& sink) {
  SiteFields(site, sink).give(data_files);
}

void output_fields(const Site& site, const Output& output, FieldSink& sink) {
  OutputFields(site, output, sink).give();
}

void page_fields(const Page& page, FieldSink& sink) {
  const FrontMatter& front = page.front_matter;
  if (front.date) {
    sink.text("date", day_of(*front.date));
    sink.text("datetime", rfc3339_of(*front.date));
  }
  if (front.updated) sink.text("updated", day_of(*front.updated));
  if (!page.summary.empty()) sink.text("description", page.summary);
  sink.text("content", page.content.html);
  const std::string toc = table_of_contents(page.content.headings);
  if (!toc.empty()) sink.text("toc", toc);
  sink.node("params", front.params);
}

void default_fields(FieldSink& sink) {
  for (const char* name : {"home", "date", "datetime", "updated", "toc", "description", "permalink",
                           "previous", "next", "has_neighbours", "paginated", "newer", "older"}) {
    sink.truth(name, false);
  }
  for (const char* name : {"parents", "terms", "sections", "entries", "nav"}) {
    sink.begin_list(name, 0);
    sink.end_list();
  }
  sink.text("content", "");
  sink.begin_object("params");
  sink.end_object();
}

const Page* page_shown(const Output& output) {
  if (output.kind == Output::Kind::kPage) return output.page;
  return is_first_of_section(output) ? output.section->index : nullptr;
}

}  // namespace memprof::sitegen
