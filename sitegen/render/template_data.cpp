#include "sitegen/render/template_data.h"

#include <vector>

#include "sitegen/content/markdown.h"
#include "sitegen/render/output_fields.h"

namespace memprof::sitegen {
namespace {

/// Makes Data of fields.
class DataSink : public FieldSink {
 public:
  /// `data` must outlive this.
  explicit DataSink(Data& data) : open_{&data} {}

  void text(std::string_view name, std::string_view value) override {
    top()[std::string(name)] = std::string(value);
  }
  void truth(std::string_view name, bool value) override { top()[std::string(name)] = value; }
  void node(std::string_view name, const Node& value) override {
    top()[std::string(name)] = data_of(value);
  }

  void page_content(const Page& page) override {
    top()["content"] = page.content.html;
    std::string toc = table_of_contents(page.content.headings);
    if (!toc.empty()) top()["toc"] = toc;
  }

  void begin_object(std::string_view name) override {
    Data& data = top()[std::string(name)];
    data = Data();
    open_.push_back(&data);
  }

  void begin_list(std::string_view name) override {
    Data& data = top()[std::string(name)];
    data = Data(Data::type::list);
    open_.push_back(&data);
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
      kainjow::mustache::list items;
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
  Data data;
  DataSink sink(data);
  default_fields(sink);
  sink.begin_object("site");
  site_fields(site, data_files, sink);
  sink.end_object();
  return data;
}

Data output_data(const Site& site, const Output& output) {
  Data data;
  DataSink sink(data);
  output_fields(site, output, sink);
  return data;
}

}  // namespace memprof::sitegen
