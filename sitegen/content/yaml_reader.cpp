#include "sitegen/content/yaml_reader.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <sstream>
#include <unordered_set>
#include <utility>

#include "sitegen/base/text.h"

namespace memprof::sitegen {
namespace {

constexpr const char* kDocumentEnd = "...\n";
constexpr const char* kPlainTag = "?";  // What yaml-cpp reports for an unquoted scalar.

bool is_number(const std::string& text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  // from_chars() reads "inf" and "nan", too; those are words.
  return error == std::errc() && stop == end && text.find_first_of("0123456789") != text.npos;
}

Node::Kind kind_of(const std::string& text, bool plain) {
  if (!plain) return Node::Kind::kText;
  if (text == "true" || text == "false") return Node::Kind::kBool;
  return is_number(text) ? Node::Kind::kNumber : Node::Kind::kText;
}

/// Takes the events of one document and makes a tree of them; throws at anything else.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view yaml, const std::string& file, size_t first_line, bool list_allowed)
      : yaml_(yaml), file_(file), first_line_(first_line), list_allowed_(list_allowed) {
    root_.kind = Node::Kind::kMap;
  }

  /// yaml-cpp counts lines and bytes from 0, and has no place for some errors.
  Position position(const YAML::Mark& mark) {
    if (mark.is_null()) return {file_, first_line_, 1};
    // Marks come in order, but for that of an error.
    if (mark.line < line_) line_ = 0, line_offset_ = 0;
    for (; line_ < mark.line; ++line_) {
      const size_t newline = yaml_.find('\n', line_offset_);
      if (newline == std::string_view::npos) break;
      line_offset_ = newline + 1;
    }
    const std::string_view before = yaml_.substr(line_offset_, static_cast<size_t>(mark.column));
    return {file_, static_cast<size_t>(mark.line) + first_line_, count_characters(before) + 1};
  }

  Node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (document_seen_) fail(mark, "this does not belong to the YAML before it");
    document_seen_ = true;
  }

  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    if (open_.empty()) return;
    if (expects_key()) fail(mark, "a key is missing");
    if (open_.back().node->kind == Node::Kind::kList) fail(mark, "an item of the list is missing");
    place(mark, Node::Kind::kNull);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    fail(mark, "aliases are not allowed here");
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& text) override {
    if (open_.empty()) fail(mark, "expected `key: value` lines");
    // Escapes such as "\x01" can bring in what the check of the file did not see.
    if (find_bad_text(text) != std::string::npos) fail(mark, "it holds a control character");
    if (expects_key()) {
      Open& map = open_.back();
      if (!map.keys.insert(text).second) fail(mark, fmt::format("`{}` is given twice", text));
      map.node->entries.emplace_back(text, Node{});
      map.has_key = true;
      return;
    }
    place(mark, kind_of(text, tag == kPlainTag)).text = text;
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    if (open_.empty() && !list_allowed_) fail(mark, "expected `key: value` lines");
    open(mark, Node::Kind::kList);
  }

  void OnSequenceEnd() override { open_.pop_back(); }

  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    open(mark, Node::Kind::kMap);
  }

  void OnMapEnd() override { open_.pop_back(); }

 private:
  /// A list or map whose end is yet to come.
  struct Open {
    Node* node;
    bool has_key = false;  // Of a map: the value of its last entry comes next.
    std::unordered_set<std::string> keys = {};
  };

  [[noreturn]] void fail(const YAML::Mark& mark, const std::string& why) {
    throw Error(position(mark), why);
  }

  bool expects_key() const {
    return open_.back().node->kind == Node::Kind::kMap && !open_.back().has_key;
  }

  /// Where the value at `mark` belongs. A node's address holds while it is open: its list or map
  /// gets no other entry meanwhile.
  Node& place(const YAML::Mark& mark, Node::Kind kind) {
    Node* node = &root_;
    if (!open_.empty()) {
      Open& above = open_.back();
      if (expects_key()) fail(mark, "a key must be a single value");
      above.has_key = false;
      node = above.node->kind == Node::Kind::kMap ? &above.node->entries.back().second
                                                  : &above.node->items.emplace_back();
    }
    const Position at = position(mark);
    node->kind = kind;
    node->line = at.line;
    node->column = at.column;
    return *node;
  }

  void open(const YAML::Mark& mark, Node::Kind kind) {
    if (open_.size() == kMaxNodeDepth) fail(mark, "lists and maps are nested too deep");
    open_.push_back({&place(mark, kind)});
  }

  std::string_view yaml_;
  const std::string& file_;
  size_t first_line_;
  int line_ = 0;            // The last one that was asked for.
  size_t line_offset_ = 0;  // Where it begins.
  bool list_allowed_;
  bool document_seen_ = false;
  std::vector<Open> open_;  // Outermost first.
  Node root_;
};

Node read(std::string_view yaml, const std::string& file, size_t first_line, bool list_allowed) {
  // yaml-cpp lets the end of its input close a quoted scalar, but not the end of a document.
  std::istringstream input(std::string(yaml) + kDocumentEnd);
  TreeBuilder builder(yaml, file, first_line, list_allowed);
  try {
    YAML::Parser parser(input);
    // The builder throws when there is a second document.
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    const bool unclosed = error.msg == YAML::ErrorMsg::DOC_IN_SCALAR;
    throw Error(builder.position(error.mark),
                unclosed ? "a quoted value is not closed" : error.msg);
  }
  return builder.take();
}

}  // namespace

Node read_yaml(std::string_view yaml, const std::string& file, size_t first_line) {
  return read(yaml, file, first_line, false);
}

Node read_yaml_data(std::string_view yaml, const std::string& file) {
  return read(yaml, file, 1, true);
}

}  // namespace memprof::sitegen
