#include "sitegen/content/json_reader.h"

#include <fmt/format.h>

#include <iterator>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "sitegen/base/text.h"

namespace memprof::sitegen {
namespace {

using Json = nlohmann::json;

/// Tells how far the parser has read, which its events do not.
class ReadHead {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  /// `furthest` follows this and its copies.
  ReadHead(const char* at, const char*& furthest) : at_(at), furthest_(&furthest) {}

  reference operator*() const { return *at_; }
  ReadHead& operator++() {
    *furthest_ = ++at_;
    return *this;
  }
  ReadHead operator++(int) {
    const ReadHead before = *this;
    ++*this;
    return before;
  }
  bool operator==(const ReadHead& other) const { return at_ == other.at_; }

 private:
  const char* at_;
  const char** furthest_;
};

/// Makes a tree of the parser's events, which come before the nesting can have become too deep.
class TreeBuilder : public nlohmann::json_sax<Json> {
 public:
  TreeBuilder(std::string_view text, const std::string& file)
      : text_(text), file_(file), read_(text.data()) {}

  Node build() {
    Json::sax_parse(ReadHead(text_.data(), read_), ReadHead(text_.data() + text_.size(), unused_),
                    this);
    return std::move(root_);
  }

  bool null() override { return place(Node::Kind::kNull) != nullptr; }
  bool boolean(bool value) override { return scalar(Node::Kind::kBool, value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override {
    return scalar(Node::Kind::kNumber, std::to_string(value));
  }
  bool number_unsigned(number_unsigned_t value) override {
    return scalar(Node::Kind::kNumber, std::to_string(value));
  }
  bool number_float(number_float_t, const string_t& text) override {
    return scalar(Node::Kind::kNumber, text);
  }
  bool string(string_t& text) override { return scalar(Node::Kind::kText, text); }
  bool binary(binary_t&) override { return false; }

  bool start_object(size_t) override { return open(Node::Kind::kMap); }
  bool start_array(size_t) override { return open(Node::Kind::kList); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    check(name);
    if (!open_.back().keys.insert(name).second) {
      fail(fmt::format("`{}` is given twice", name));
    }
    open_.back().node->entries.emplace_back(name, Node{});
    return true;
  }

  bool parse_error(size_t offset, const std::string&, const Json::exception& error) override {
    std::string why = error.what();
    // "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while ..."
    if (const size_t colon = why.find(": "); colon != std::string::npos) why.erase(0, colon + 2);
    throw Error(position_at(text_, std::min(offset == 0 ? 0 : offset - 1, text_.size()), file_),
                printable(why));
  }

 private:
  struct Open {
    Node* node;
    std::unordered_set<std::string> keys = {};
  };

  void check(const std::string& text) const {
    if (find_bad_text(text) == std::string::npos) return;
    fail(fmt::format("`{}` holds a control character", printable(text)));
  }

  /// At the end of what was read last.
  [[noreturn]] void fail(const std::string& why) const {
    const auto read = static_cast<size_t>(read_ - text_.data());
    throw Error(position_at(text_, read == 0 ? 0 : read - 1, file_), why);
  }

  Node* place(Node::Kind kind) {
    Node* node = &root_;
    if (!open_.empty()) {
      Node& above = *open_.back().node;
      node = above.kind == Node::Kind::kMap ? &above.entries.back().second
                                            : &above.items.emplace_back();
    }
    node->kind = kind;
    return node;
  }

  bool scalar(Node::Kind kind, const std::string& text) {
    check(text);
    place(kind)->text = text;
    return true;
  }

  bool open(Node::Kind kind) {
    if (open_.size() == kMaxNodeDepth) fail("arrays and objects nest too deep");
    open_.push_back({place(kind)});
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  std::string_view text_;
  const std::string& file_;
  const char* read_;
  const char* unused_ = nullptr;
  std::vector<Open> open_;  // Outermost first.
  Node root_;
};

}  // namespace

Node read_json(std::string_view json, const std::string& file) {
  return TreeBuilder(json, file).build();
}

}  // namespace memprof::sitegen
