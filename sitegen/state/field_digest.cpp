#include "sitegen/state/field_digest.h"

namespace memprof::sitegen {

void FieldDigest::add(Mark mark, std::string_view name) {
  digester_.add(mark);
  digester_.add(name);
}

void FieldDigest::add(const Node& node) {
  digester_.add(node.kind);
  digester_.add(std::string_view(node.text));
  digester_.add(node.items.size());
  for (const Node& item : node.items) add(item);
  digester_.add(node.entries.size());
  for (const auto& [key, value] : node.entries) {
    digester_.add(std::string_view(key));
    add(value);
  }
}

void FieldDigest::text(std::string_view name, std::string_view value) {
  add(Mark::kText, name);
  digester_.add(value);
}

void FieldDigest::truth(std::string_view name, bool value) {
  add(Mark::kTruth, name);
  digester_.add(value);
}

void FieldDigest::node(std::string_view name, const Node& value) {
  add(Mark::kNode, name);
  add(value);
}

void FieldDigest::number(std::string_view name, size_t value) {
  add(Mark::kNumber, name);
  digester_.add(value);
}

void FieldDigest::url(std::string_view name, std::string_view output) {
  add(Mark::kUrl, name);
  digester_.add(output);
}

void FieldDigest::own_address(const std::string& output, std::string_view base_url) {
  add(Mark::kAddress, output);
  digester_.add(base_url);
}

void FieldDigest::page(const Page& page) {
  digester_.add(Mark::kPage);
  digester_.add(content_of_(page));
}

void FieldDigest::item(const ListItem& item) {
  add(Mark::kItemFields, item.title);
  digester_.add(std::string_view(item.output));
  digester_.add(item.date.has_value());
  if (item.date) {
    digester_.add(item.date->unix_s);
    digester_.add(item.date->offset_minutes);
  }
  digester_.add(item.summary);
  digester_.add(item.count);
}

void FieldDigest::begin_object(std::string_view name) {
  add(Mark::kObject, name);
}

void FieldDigest::begin_list(std::string_view name, size_t count) {
  add(Mark::kList, name);
  digester_.add(count);
}

void FieldDigest::begin_item() {
  digester_.add(Mark::kItem);
}

void FieldDigest::end_object() {
  digester_.add(Mark::kEnd);
}

void FieldDigest::end_list() {
  digester_.add(Mark::kEnd);
}

void FieldDigest::end_item() {
  digester_.add(Mark::kEnd);
}

}  // namespace memprof::sitegen
