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

void FieldDigest::page_content(const Page& page) {
  add(Mark::kContent, "");
  digester_.add(content_of_(page));
}

void FieldDigest::begin_object(std::string_view name) {
  add(Mark::kObject, name);
}

void FieldDigest::begin_list(std::string_view name) {
  add(Mark::kList, name);
}

void FieldDigest::begin_item() {
  add(Mark::kItem, "");
}

void FieldDigest::end_object() {
  add(Mark::kEnd, "");
}

void FieldDigest::end_list() {
  add(Mark::kEnd, "");
}

void FieldDigest::end_item() {
  add(Mark::kEnd, "");
}

}  // namespace memprof::sitegen
