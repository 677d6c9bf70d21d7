#include "sitegen/content/node_fields.h"

#include <fmt/format.h>

#include <charconv>

namespace memprof::sitegen {

std::string NodeFields::text(const std::string& key, const Node& value) const {
  if (!value.is_scalar()) fail(value, fmt::format("`{}` must be a single value", key));
  return value.text;
}

bool NodeFields::truth(const std::string& key, const Node& value) const {
  const std::string given = text(key, value);
  if (given == "true" || given == "false") return given == "true";
  fail(value, fmt::format("bad {} `{}`: expected true or false", key, given));
}

int NodeFields::whole(const std::string& key, const Node& value) const {
  const std::string given = text(key, value);
  int number = 0;
  const char* end = given.data() + given.size();
  const auto [stop, error] = std::from_chars(given.data(), end, number);
  if (error == std::errc() && stop == end) return number;
  fail(value, fmt::format("bad {} `{}`: expected a whole number", key, given));
}

size_t NodeFields::count(const std::string& key, const Node& value) const {
  const int number = whole(key, value);
  if (number >= 0 && number <= 1'000'000) return static_cast<size_t>(number);
  fail(value, fmt::format("bad {} `{}`: expected 0 to 1000000", key, value.text));
}

std::vector<const Node*> NodeFields::scalars(const std::string& key, const Node& value) const {
  const std::string why = fmt::format("`{}` must be a single value or a list of them", key);
  if (value.is_scalar()) return {&value};
  if (value.kind != Node::Kind::kList) fail(value, why);
  std::vector<const Node*> result;
  for (const Node& item : value.items) {
    if (!item.is_scalar()) fail(item, why);
    result.push_back(&item);
  }
  return result;
}

const std::vector<std::pair<std::string, Node>>& NodeFields::map(const std::string& key,
                                                                 const Node& value) const {
  if (value.kind == Node::Kind::kMap) return value.entries;
  fail(value, fmt::format("`{}` must be a map of keys and values", key));
}

void NodeFields::fail(const Node& value, const std::string& why) const {
  throw Error(value.position(file_), why);
}

}  // namespace memprof::sitegen
