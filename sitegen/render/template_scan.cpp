#include "sitegen/render/template_scan.h"

#include <fmt/format.h>

#include "sitegen/base/error.h"
#include "sitegen/base/text.h"

namespace memprof::sitegen {
namespace {

constexpr size_t kMaxDepth = 64;
constexpr std::string_view kAsset = "asset";
constexpr std::string_view kWhiteSpace = " \t\r\n\f\v";

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(kWhiteSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kWhiteSpace) - first + 1);
}

bool is_delimiter(std::string_view text) {
  return !text.empty() && text.find('=') == std::string_view::npos &&
         text.find_first_of(kWhiteSpace) == std::string_view::npos;
}

class Scanner {
 public:
  Scanner(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  TemplateTags scan() {
    for (size_t tag = text_.find(begin_); tag != std::string_view::npos;
         tag = text_.find(begin_, next_)) {
      scan_tag(tag);
    }
    if (!open_.empty()) fail(open_.back().offset, unclosed(open_.back()));
    return std::move(tags_);
  }

 private:
  struct Section {
    std::string_view name;
    size_t offset;
    size_t inside;  // Behind its opening tag.
  };

  static std::string unclosed(const Section& section) {
    return fmt::format("section `{}` is not closed", section.name);
  }

  [[noreturn]] void fail(size_t offset, const std::string& why) const {
    throw Error(position_at(text_, offset, file_), why);
  }

  /// Reads the tag that starts at `tag` and sets next_ behind it.
  void scan_tag(size_t tag) {
    size_t contents_start = tag + begin_.size();
    const bool triple =
        begin_ == "{{" && end_ == "}}" && text_.substr(contents_start).starts_with('{');
    if (triple) ++contents_start;
    const std::string_view end = triple ? "}}}" : end_;
    const size_t contents_end = text_.find(end, contents_start);
    if (contents_end == std::string_view::npos) fail(tag, "the tag is not closed");
    next_ = contents_end + end.size();

    const std::string_view contents =
        trim(text_.substr(contents_start, contents_end - contents_start));
    if (contents.starts_with('=')) {
      change_delimiters(contents, tag);
      tags_.changes_delimiters = true;
    } else if (!triple && !contents.empty()) {
      take_tag(contents.front(), trim(contents.substr(1)), tag);
    }
  }

  void change_delimiters(std::string_view contents, size_t tag) {
    if (contents.size() >= 5 && contents.ends_with('=')) {
      const std::string_view both = trim(contents.substr(1, contents.size() - 2));
      const size_t space = both.find(' ');
      if (space != std::string_view::npos) {
        begin_ = both.substr(0, space);
        end_ = both.substr(both.find_first_not_of(' ', space));
        if (is_delimiter(begin_) && is_delimiter(end_)) return;
      }
    }
    fail(tag, "bad change of delimiters: expected {{=BEGIN END=}}");
  }

  void take_tag(char kind, std::string_view name, size_t tag) {
    if (kind == '#' || kind == '^') {
      if (open_.size() == kMaxDepth) fail(tag, "sections are nested too deep");
      open_.push_back({name, tag, next_});
    } else if (kind == '/') {
      if (open_.empty()) fail(tag, fmt::format("section `{}` was not opened", name));
      if (open_.back().name != name) fail(open_.back().offset, unclosed(open_.back()));
      const Section& section = open_.back();
      if (name == kAsset) {
        const std::string_view inside = text_.substr(section.inside, tag - section.inside);
        tags_.assets.push_back({std::string(trim(inside)), section.offset, next_});
      }
      open_.pop_back();
    } else if (kind == '>') {
      tags_.partials.push_back({std::string(name), tag, next_});
    }
  }

  std::string_view text_;
  const std::string& file_;
  std::string_view begin_ = "{{";
  std::string_view end_ = "}}";
  size_t next_ = 0;
  std::vector<Section> open_;  // Outermost first.
  TemplateTags tags_;
};

}  // namespace

TemplateTags scan_template(std::string_view text, const std::string& file) {
  return Scanner(text, file).scan();
}

}  // namespace memprof::sitegen
