#include "sitegen/content/front_matter.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <optional>

#include "sitegen/base/slug.h"
#include "sitegen/base/text.h"
#include "sitegen/content/yaml_entries.h"

namespace memprof::sitegen {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr size_t kYamlFirstLine = 2;  // Below the opening `---`.

/// The line at `offset` without its end, and white space at its end, and where the next one starts.
struct Line {
  std::string_view text;
  size_t next;
};

Line line_at(std::string_view text, size_t offset) {
  const size_t newline = text.find('\n', offset);
  const size_t end = newline == std::string_view::npos ? text.size() : newline;
  const std::string_view line = text.substr(offset, end - offset);
  const size_t last = line.find_last_not_of(" \t\r");
  return {line.substr(0, last == std::string_view::npos ? 0 : last + 1),
          newline == std::string_view::npos ? text.size() : newline + 1};
}

struct Parts {
  std::string_view yaml;
  std::string_view body;
};

Parts split(std::string_view text, const std::string& file) {
  const Line opening = line_at(text, 0);
  if (opening.text != "---") return {{}, text};
  for (size_t offset = opening.next; offset < text.size();) {
    const Line line = line_at(text, offset);
    if (line.text == "---") {
      return {text.substr(opening.next, offset - opening.next), text.substr(line.next)};
    }
    offset = line.next;
  }
  throw Error(Position{file, 1, 1}, "the front matter is not closed by a line `---`");
}

const YamlScalar& single(const YamlEntry& entry) {
  if (entry.is_list) {
    throw Error(entry.position, fmt::format("`{}` must be a single value", entry.key));
  }
  return entry.items.front();
}

std::string read_date(const YamlScalar& value) {
  const std::string& text = value.text;
  const auto number = [&text](size_t from, size_t digits) -> std::optional<unsigned> {
    unsigned result = 0;
    const char* end = text.data() + from + digits;
    const auto [stop, error] = std::from_chars(text.data() + from, end, result);
    return error == std::errc() && stop == end ? std::optional(result) : std::nullopt;
  };
  if (text.size() == 10 && text[4] == '-' && text[7] == '-') {
    const auto year = number(0, 4);
    const auto month = number(5, 2);
    const auto day = number(8, 2);
    if (year && month && day &&
        std::chrono::year_month_day(std::chrono::year(static_cast<int>(*year)),
                                    std::chrono::month(*month), std::chrono::day(*day))
            .ok()) {
      return text;
    }
  }
  throw Error(value.position, fmt::format("bad date `{}`: expected a day, YYYY-MM-DD", text));
}

std::vector<std::string> read_tags(const std::vector<YamlScalar>& values) {
  std::vector<std::string> tags;
  for (const YamlScalar& value : values) {
    if (slugify(value.text).empty()) {
      throw Error(value.position,
                  fmt::format("tag `{}` has no letter or digit to make an address of", value.text));
    }
    tags.push_back(value.text);
  }
  return tags;
}

int read_weight(const YamlScalar& value) {
  int weight = 0;
  const char* end = value.text.data() + value.text.size();
  const auto [stop, error] = std::from_chars(value.text.data(), end, weight);
  if (error == std::errc() && stop == end) return weight;
  throw Error(value.position, fmt::format("bad weight `{}`: expected a whole number", value.text));
}

bool read_draft(const YamlScalar& value) {
  if (value.text == "true" || value.text == "false") return value.text == "true";
  throw Error(value.position, fmt::format("bad draft `{}`: expected true or false", value.text));
}

std::string read_slug(const YamlScalar& value) {
  const std::string why = why_not_a_name(value.text);
  if (why.empty()) return value.text;
  throw Error(value.position, fmt::format("bad slug `{}`: {}", printable(value.text), why));
}

Param read_param(const YamlEntry& entry) {
  if (entry.is_list) {
    std::vector<std::string> texts;
    for (const YamlScalar& item : entry.items) texts.push_back(item.text);
    return texts;
  }
  const YamlScalar& value = entry.items.front();
  if (value.plain && (value.text == "true" || value.text == "false")) return value.text == "true";
  return value.text;
}

/// REQUIRES: the entry has a value.
void read_entry(const YamlEntry& entry, FrontMatter& front_matter) {
  if (entry.key == "title") {
    front_matter.title = single(entry).text;
  } else if (entry.key == "date") {
    front_matter.date = read_date(single(entry));
  } else if (entry.key == "tags") {
    front_matter.tags = read_tags(entry.items);
  } else if (entry.key == "weight") {
    front_matter.weight = read_weight(single(entry));
  } else if (entry.key == "draft") {
    front_matter.draft = read_draft(single(entry));
  } else if (entry.key == "slug") {
    front_matter.slug = read_slug(single(entry));
  } else if (entry.key == "layout") {
    front_matter.layout = single(entry).text;
    front_matter.layout_position = entry.position;
  } else {
    front_matter.params.emplace(entry.key, read_param(entry));
  }
}

}  // namespace

Document parse_document(std::string_view text, const std::string& file) {
  check_text(text, file);
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const Parts parts = split(text, file);
  Document document{.front_matter = {}, .body = parts.body};
  for (const YamlEntry& entry : read_yaml_entries(parts.yaml, file, kYamlFirstLine)) {
    const bool has_value = entry.is_list || !entry.items.empty();
    if (has_value) read_entry(entry, document.front_matter);
  }
  return document;
}

}  // namespace memprof::sitegen
