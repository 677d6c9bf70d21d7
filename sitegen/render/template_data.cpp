#include "sitegen/render/template_data.h"

#include <vector>

#include "sitegen/base/slug.h"
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

  void number(std::string_view name, size_t value) override { text(name, std::to_string(value)); }
  void url(std::string_view name, std::string_view output) override {
    text(name, url_encode(output));
  }

  void own_address(const std::string& output, std::string_view base_url) override {
    const std::string address = url_encode(output);
    text("url", address);
    if (!base_url.empty()) text("permalink", std::string(base_url) + address);
    text("root", root_of(output));
  }

  void page(const Page& page) override { page_fields(page, *this); }

  /// Every field: one that an item lacks would be looked for further out.
  void item(const ListItem& item) override {
    text("title", item.title);
    url("url", item.output);
    text_or_false("date", item.date ? day_of(*item.date) : "");
    text_or_false("summary", item.summary);
    text_or_false("count", item.count == 0 ? "" : std::to_string(item.count));
  }

  void begin_object(std::string_view name) override {
    Data& data = top()[std::string(name)];
    data = Data();
    open_.push_back(&data);
  }

  /// With room for all: the engine's data has no move that a growing list would use.
  void begin_list(std::string_view name, size_t count) override {
    truth(std::string("has_").append(name), count != 0);
    Data& data = top()[std::string(name)];
    data = Data(Data::type::list);
    const_cast<kainjow::mustache::list&>(data.list_value()).reserve(count);
    open_.push_back(&data);
  }

  /// The engine copies what it is given for a list, so the item is made where it stands.
  void begin_item() override {
    open_.push_back(&const_cast<kainjow::mustache::list&>(top().list_value()).emplace_back());
  }

  void end_object() override { open_.pop_back(); }
  void end_list() override { open_.pop_back(); }
  void end_item() override { open_.pop_back(); }

 private:
  Data& top() { return *open_.back(); }

  void text_or_false(std::string_view name, std::string_view value) {
    if (value.empty()) {
      truth(name, false);
    } else {
      text(name, value);
    }
  }

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
