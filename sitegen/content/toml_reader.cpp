#include "sitegen/content/toml_reader.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

#include "sitegen/base/text.h"

namespace memprof::sitegen {
namespace {

class Converter {
 public:
  Converter(const std::string& file, size_t first_line) : file_(file), first_line_(first_line) {}

  Node convert(const toml::node& value, size_t depth) const {
    Node node;
    node.line = value.source().begin.line + first_line_ - 1;
    node.column = value.source().begin.column;
    if (depth > kMaxNodeDepth) fail(node, "arrays and tables are nested too deep");
    value.visit([&](const auto& typed) { fill(node, typed, depth); });
    if (find_bad_text(node.text) != std::string::npos) fail(node, "it holds a control character");
    return node;
  }

 private:
  [[noreturn]] void fail(const Node& node, const std::string& why) const {
    throw Error(node.position(file_), why);
  }

  void fill(Node& node, const toml::table& table, size_t depth) const {
    node.kind = Node::Kind::kMap;
    for (const auto& [key, value] : table) {
      if (find_bad_text(key.str()) != std::string_view::npos) {
        fail(node, "a key holds a control character");
      }
      node.entries.emplace_back(std::string(key.str()), convert(value, depth + 1));
    }
    // The library sorts by name; the order of the file is what its author meant.
    std::stable_sort(node.entries.begin(), node.entries.end(), [](const auto& a, const auto& b) {
      return std::pair(a.second.line, a.second.column) < std::pair(b.second.line, b.second.column);
    });
  }

  void fill(Node& node, const toml::array& array, size_t depth) const {
    node.kind = Node::Kind::kList;
    for (const toml::node& item : array) node.items.push_back(convert(item, depth + 1));
  }

  void fill(Node& node, const toml::value<std::string>& text, size_t) const {
    node.kind = Node::Kind::kText;
    node.text = *text;
  }

  void fill(Node& node, const toml::value<bool>& truth, size_t) const {
    node.kind = Node::Kind::kBool;
    node.text = *truth ? "true" : "false";
  }

  void fill(Node& node, const toml::value<int64_t>& number, size_t) const {
    node.kind = Node::Kind::kNumber;
    node.text = std::to_string(*number);
  }

  void fill(Node& node, const toml::value<double>& number, size_t) const {
    node.kind = Node::Kind::kNumber;
    node.text = fmt::format("{}", *number);
  }

  /// Dates and times.
  template <typename T>
  void fill(Node& node, const toml::value<T>& time, size_t) const {
    std::ostringstream text;
    text << *time;
    node.kind = Node::Kind::kText;
    node.text = text.str();
  }

  const std::string& file_;
  size_t first_line_;
};

}  // namespace

Node read_toml(std::string_view toml, const std::string& file, size_t first_line) {
  try {
    return Converter(file, first_line).convert(toml::parse(toml), 0);
  } catch (const toml::parse_error& error) {
    const toml::source_position at = error.source().begin;
    throw Error(Position{file, at.line + first_line - 1, std::max<size_t>(at.column, 1)},
                printable(error.description()));
  }
}

}  // namespace memprof::sitegen
