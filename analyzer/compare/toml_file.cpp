#include "analyzer/compare/toml_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyzer/base/error.h"

namespace memprof::compare {
namespace {

[[noreturn]] void fail(const toml::source_position& place, const std::string& path,
                       const std::string& what, std::string_view why) {
  throw Error(
      fmt::format("cannot read {}: {}:{}:{}: {}", what, path, place.line, place.column, why));
}

}  // namespace

toml::table parse_toml(const std::string& text, const std::string& path, const std::string& what) {
  try {
    return toml::parse(text, path);
  } catch (const toml::parse_error& error) {
    fail(error.source().begin, path, what, error.description());
  }
}

void fail_at(const toml::node& node, const std::string& path, const std::string& what,
             const std::string& why) {
  fail(node.source().begin, path, what, why);
}

void check_keys(const toml::table& table, std::initializer_list<std::string_view> known,
                const std::string& path, const std::string& what) {
  for (const auto& [key, value] : table) {
    if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
    fail(key.source().begin, path, what, fmt::format("there is no such key as {}", key.str()));
  }
}

}  // namespace memprof::compare
