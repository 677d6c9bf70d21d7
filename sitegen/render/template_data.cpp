#include "sitegen/render/template_data.h"

#include <vector>

#include "sitegen/base/slug.h"
#include "sitegen/content/markdown.h"
#include "sitegen/render/output_fields.h"

namespace memprof::sitegen {
namespace {

using List = kainjow::mustache::list;

/// Makes Data of fields.
class DataSink : public FieldSink {
 public:
  /// `data` must outlive this.
  explicit DataSink(Data& data) : open_{&data} {}

  void text(const std::string& name, const std::string& value) override { top()[name] = value; }
  void truth(const std::string& name, bool value) override { top()[name] = value; }
  void node(const std::string& name, const Node& value) override { top()[name] = data_of(value); }

  void page_content(const Page& page) override {
    top()["content"] = page.content.html;
    std::string toc = table_of_contents(page.content.headings);
    if (!toc.empty()) top()["toc"] = toc;
  }

  void begin_object(const std::string& name) override {
    top()[name] = Data();
    open_.push_back(&top()[name]);
  }

  void begin_list(const std::string& name) override {
    top()[name] = Data(Data::type::list);
    open_.push_back(&top()[name]);
  }

  /// The engine copies what it is given for a list, so the item is made where it stands.
  void begin_item() override {
    top().push_back(Data());
    open_.push_back(const_cast<Data*>(&top().list_value().back()));
  }

  void end_object() override { open_.pop_back(); }
  void end_list() override { open_.pop_back(); }
  void end_item() override { open_.pop_back(); }

 private:
  Data& top() { return *open_.back(); }

  std::vector<Data*> open_;  // The object that fields go to is the last one.
};

bool is_external(const std::string& url) {
  return url.find(':') != std::string::npos || url.starts_with("//");
}

Data text_or_false(const std::string& text) {
  return text.empty() ? Data(false) : Data(text);
}

void set_list(Data& data, const std::string& name, const List& items) {
  data["has_" + name] = !items.empty();
  data[name] = items;
}

List menu_items(const Config& config) {
  List menu;
  for (const MenuItem& item : config.menu) {
    Data& entry = menu.emplace_back();
    entry["title"] = item.title;
    entry["url"] = item.url;
    entry["external"] = is_external(item.url);
  }
  return menu;
}

List taxonomy_items(const Site& site) {
  List taxonomies;
  for (const Taxonomy& taxonomy : site.taxonomies) {
    Data& entry = taxonomies.emplace_back();
    entry["title"] = taxonomy.title;
    entry["url"] = url_encode(taxonomy.output);
    entry["date"] = false;
    entry["summary"] = false;
    entry["count"] = std::to_string(taxonomy.terms.size());
  }
  return taxonomies;
}

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
  set_list(data, "menu", menu_items(config));
  set_list(data, "taxonomies", taxonomy_items(site));
  data["params"] = config.params.kind == Node::Kind::kMap ? data_of(config.params) : Data();
  data["data"] = data_of(data_files);
  Data shared;
  DataSink sink(shared);
  default_fields(sink);
  shared["site"] = std::move(data);
  return shared;
}

Data output_data(const Site& site, const Output& output) {
  Data data;
  DataSink sink(data);
  output_fields(site, output, sink);
  return data;
}

}  // namespace memprof::sitegen
