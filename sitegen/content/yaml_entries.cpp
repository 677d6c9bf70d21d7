#include "sitegen/content/yaml_entries.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <sstream>
#include <unordered_set>
#include <utility>

#include "sitegen/base/text.h"

namespace memprof::sitegen {
namespace {

constexpr const char* kDocumentEnd = "...\n";

/// Takes the events of one document and keeps what it can use; throws at anything else.
class Collector : public YAML::EventHandler {
 public:
  Collector(std::string_view yaml, const std::string& file, size_t first_line)
      : yaml_(yaml), file_(file), first_line_(first_line) {}

  /// yaml-cpp counts lines and bytes from 0, and has no place for some errors.
  Position position(const YAML::Mark& mark) const {
    if (mark.is_null()) return {file_, first_line_, 1};
    size_t offset = 0;
    for (int line = 0; line < mark.line; ++line) {
      const size_t newline = yaml_.find('\n', offset);
      if (newline == std::string_view::npos) break;
      offset = newline + 1;
    }
    const std::string_view before = yaml_.substr(offset, static_cast<size_t>(mark.column));
    return {file_, static_cast<size_t>(mark.line) + first_line_, count_characters(before) + 1};
  }

  std::vector<YamlEntry> take() { return std::move(entries_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (document_seen_) fail(mark, "this does not belong to the YAML before it");
    document_seen_ = true;
  }

  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    if (place_ == Place::kTop) return;
    if (place_ == Place::kKey) fail(mark, "a key is missing");
    if (place_ == Place::kList) fail(mark, "an item of the list is missing");
    start_value(mark, false);
    place_ = Place::kKey;
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    fail(mark, "aliases are not allowed here");
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& text) override {
    if (place_ == Place::kTop) fail(mark, "expected `key: value` lines");
    // Escapes such as "\x01" can bring in what the check of the file did not see.
    if (find_bad_text(text) != std::string::npos) fail(mark, "it holds a control character");
    if (place_ == Place::kKey) {
      if (!keys_.insert(text).second) fail(mark, fmt::format("`{}` is given twice", text));
      entries_.emplace_back().key = text;
      place_ = Place::kValue;
      return;
    }
    if (place_ == Place::kValue) {
      start_value(mark, false);
      place_ = Place::kKey;
    }
    entries_.back().items.push_back({text, position(mark), tag == kPlainTag});
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    if (place_ == Place::kTop) fail(mark, "expected `key: value` lines");
    if (place_ == Place::kKey) fail(mark, "a key must be a single value");
    if (place_ == Place::kList) fail(mark, unfit_value());
    start_value(mark, true);
    place_ = Place::kList;
  }

  void OnSequenceEnd() override { place_ = Place::kKey; }

  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    if (place_ == Place::kKey) fail(mark, "a key must be a single value");
    if (place_ != Place::kTop) fail(mark, unfit_value());
    place_ = Place::kKey;
  }

  void OnMapEnd() override { place_ = Place::kTop; }

 private:
  /// What the next event is for.
  enum class Place { kTop, kKey, kValue, kList };

  static constexpr const char* kPlainTag = "?";  // What yaml-cpp reports for an unquoted scalar.

  [[noreturn]] void fail(const YAML::Mark& mark, const std::string& why) const {
    throw Error(position(mark), why);
  }

  std::string unfit_value() const {
    return fmt::format("`{}` must be a single value or a list of them", entries_.back().key);
  }

  void start_value(const YAML::Mark& mark, bool is_list) {
    entries_.back().position = position(mark);
    entries_.back().is_list = is_list;
  }

  std::string_view yaml_;
  const std::string& file_;
  size_t first_line_;
  bool document_seen_ = false;
  Place place_ = Place::kTop;
  std::unordered_set<std::string> keys_;
  std::vector<YamlEntry> entries_;
};

}  // namespace

std::vector<YamlEntry> read_yaml_entries(std::string_view yaml, const std::string& file,
                                         size_t first_line) {
  // yaml-cpp lets the end of its input close a quoted scalar, but not the end of a document.
  std::istringstream input(std::string(yaml) + kDocumentEnd);
  Collector collector(yaml, file, first_line);
  try {
    YAML::Parser parser(input);
    // The collector throws when there is a second document.
    while (parser.HandleNextDocument(collector)) {
    }
  } catch (const YAML::Exception& error) {
    const bool unclosed = error.msg == YAML::ErrorMsg::DOC_IN_SCALAR;
    throw Error(collector.position(error.mark),
                unclosed ? "a quoted value is not closed" : error.msg);
  }
  return collector.take();
}

}  // namespace memprof::sitegen
