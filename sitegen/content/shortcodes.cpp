#include "sitegen/content/shortcodes.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "sitegen/base/slug.h"

namespace memprof::sitegen {
namespace {

constexpr std::string_view kBegin = "{{<";
constexpr std::string_view kEnd = ">}}";
constexpr std::string_view kLiteralBegin = "/*";
constexpr std::string_view kLiteralEnd = "*/";
constexpr size_t kMaxArguments = 256;
constexpr std::string_view kSpace = " \t\r\n";

struct Tag {
  enum class Kind { kOpen, kClose, kLiteral };
  Kind kind = Kind::kOpen;
  size_t begin = 0;
  size_t end = 0;  // Behind it.
  std::string name;
  std::vector<std::pair<std::string, std::string>> arguments = {};
  size_t closed_by = 0;  // Index of the tag that closes it; 0: none, it stands alone.
};

using Fail = std::function<void(size_t, const std::string&)>;

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

class TagReader {
 public:
  TagReader(std::string_view text, const Fail& fail) : text_(text), fail_(fail) {}

  std::vector<Tag> read() {
    for (size_t begin = text_.find(kBegin); begin != text_.npos; begin = text_.find(kBegin, at_)) {
      at_ = begin + kBegin.size();
      tags_.push_back(tag(begin));
    }
    match();
    return std::move(tags_);
  }

 private:
  void skip_space() { at_ = std::min(text_.find_first_not_of(kSpace, at_), text_.size()); }

  bool take(std::string_view token) {
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }

  std::string name() {
    const size_t begin = at_;
    while (at_ < text_.size() && is_name_character(text_[at_])) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  Tag tag(size_t begin) {
    Tag tag;
    tag.begin = begin;
    if (take(kLiteralBegin)) {
      tag.kind = Tag::Kind::kLiteral;
      const size_t end = text_.find(std::string(kLiteralEnd) + std::string(kEnd), at_);
      if (end == text_.npos) fail_(begin, "the shortcode is not closed by `*/>}}`");
      at_ = end + kLiteralEnd.size() + kEnd.size();
      tag.end = at_;
      return tag;
    }
    skip_space();
    if (take("/")) tag.kind = Tag::Kind::kClose;
    skip_space();
    tag.name = name();
    if (tag.name.empty()) fail_(begin, "a shortcode must begin with its name");
    for (skip_space(); !take(kEnd); skip_space()) {
      if (at_ == text_.size()) fail_(begin, "the shortcode is not closed by `>}}`");
      argument(tag);
    }
    tag.end = at_;
    return tag;
  }

  void argument(Tag& tag) {
    const size_t begin = at_;
    std::string key = name();
    if (key.empty() || !take("=")) {
      at_ = begin;
      key = std::to_string(tag.arguments.size());
    }
    const auto same_key = [&key](const auto& argument) { return argument.first == key; };
    if (tag.arguments.size() == kMaxArguments) fail_(begin, "the shortcode has too many arguments");
    if (std::any_of(tag.arguments.begin(), tag.arguments.end(), same_key)) {
      fail_(begin, fmt::format("`{}` is given twice", key));
    }
    tag.arguments.emplace_back(key, value());
  }

  /// A word, or whatever stands between quotes.
  std::string value() {
    if (take("\"")) {
      const size_t begin = at_;
      at_ = text_.find('"', at_);
      if (at_ == text_.npos) fail_(begin - 1, "the quoted value is not closed");
      return std::string(text_.substr(begin, at_++ - begin));
    }
    const size_t begin = at_;
    while (at_ < text_.size() && kSpace.find(text_[at_]) == kSpace.npos &&
           !text_.substr(at_).starts_with(kEnd)) {
      ++at_;
    }
    return std::string(text_.substr(begin, at_ - begin));
  }

  /// Finds the opening tag of each closing one: the nearest before it. Those passed by on the way
  /// stand alone.
  void match() {
    std::vector<size_t> open;
    for (size_t i = 0; i < tags_.size(); ++i) {
      if (tags_[i].kind == Tag::Kind::kOpen) open.push_back(i);
      if (tags_[i].kind != Tag::Kind::kClose) continue;
      while (!open.empty() && tags_[open.back()].name != tags_[i].name) open.pop_back();
      if (open.empty()) {
        fail_(tags_[i].begin, fmt::format("shortcode `{}` was not opened", tags_[i].name));
      }
      tags_[open.back()].closed_by = i;
      open.pop_back();
    }
  }

  std::string_view text_;
  const Fail& fail_;
  size_t at_ = 0;
  std::vector<Tag> tags_;
};

/// A character for private use that `text` does not have.
std::string unused_character(std::string_view text) {
  for (unsigned code = 0xE000; code < 0xF900; ++code) {
    std::string character = {static_cast<char>(0xE0 | (code >> 12)),
                             static_cast<char>(0x80 | ((code >> 6) & 0x3F)),
                             static_cast<char>(0x80 | (code & 0x3F))};
    if (text.find(character) == text.npos) return character;
  }
  return {};
}

}  // namespace

ExpandedText::ExpandedText(std::string_view text,
                           const std::function<std::string(const Shortcode&)>& expand,
                           const Fail& fail) {
  const std::vector<Tag> tags = TagReader(text, fail).read();
  if (tags.empty()) {
    markdown_ = text;
    return;
  }
  mark_ = unused_character(text);
  if (mark_.empty()) fail(0, "a text with shortcodes cannot have all characters for private use");
  encoded_mark_ = url_encode(mark_);
  size_t copied = 0;
  for (size_t i = 0; i < tags.size(); ++i) {
    const Tag& tag = tags[i];
    markdown_.append(text.substr(copied, tag.begin - copied));
    copied = tag.end;
    if (tag.kind == Tag::Kind::kLiteral) {
      const size_t begin = tag.begin + kBegin.size() + kLiteralBegin.size();
      const size_t end = tag.end - kEnd.size() - kLiteralEnd.size();
      markdown_.append(kBegin).append(text.substr(begin, end - begin)).append(kEnd);
      continue;
    }
    Shortcode shortcode{.name = tag.name, .arguments = tag.arguments, .offset = tag.begin};
    if (tag.closed_by != 0) {
      const Tag& closing = tags[tag.closed_by];
      shortcode.has_inner = true;
      shortcode.inner_offset = tag.end;
      shortcode.inner = text.substr(tag.end, closing.begin - tag.end);
      copied = closing.end;
      i = tag.closed_by;
    }
    markdown_ += mark_ + std::to_string(html_.size()) + mark_;
    html_.push_back(expand(shortcode));
  }
  markdown_.append(text.substr(copied));
}

std::string ExpandedText::fill(std::string_view html) const {
  return replace(html, true);
}

std::string ExpandedText::strip(std::string_view text) const {
  return replace(text, false);
}

std::string ExpandedText::replace(std::string_view text, bool with_html) const {
  if (html_.empty()) return std::string(text);
  std::string result;
  size_t copied = 0;
  size_t plain = text.find(mark_);
  size_t encoded = text.find(encoded_mark_);
  while (true) {
    // Each is looked for anew only once it is behind: there may be many of one and none of the
    // other.
    if (plain < copied) plain = text.find(mark_, copied);
    if (encoded < copied) encoded = text.find(encoded_mark_, copied);
    const std::string& mark = encoded < plain ? encoded_mark_ : mark_;
    size_t begin = std::min(plain, encoded);
    if (begin == text.npos) break;
    size_t number = 0;
    const char* digits = text.data() + begin + mark.size();
    const auto parsed = std::from_chars(digits, text.data() + text.size(), number);
    const auto end_of_number = static_cast<size_t>(parsed.ptr - text.data());
    if (parsed.ptr == digits || number >= html_.size() ||
        !text.substr(end_of_number).starts_with(mark)) {
      // Half a marker: a heading's id, say, keeps the characters but loses what is between.
      result.append(text.substr(copied, begin - copied));
      copied = begin + mark.size();
      continue;
    }
    size_t end = end_of_number + mark.size();
    constexpr std::string_view kParagraph = "<p>";
    constexpr std::string_view kParagraphEnd = "</p>";
    if (with_html && text.substr(0, begin).ends_with(kParagraph) && begin >= copied + 3 &&
        text.substr(end).starts_with(kParagraphEnd)) {
      // Alone in its paragraph, it is a block of its own.
      begin -= kParagraph.size();
      end += kParagraphEnd.size();
    }
    result.append(text.substr(copied, begin - copied));
    if (with_html) result += html_[number];
    copied = end;
  }
  return result.append(text.substr(copied));
}

}  // namespace memprof::sitegen
