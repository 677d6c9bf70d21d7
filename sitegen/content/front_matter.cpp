#include "sitegen/content/front_matter.h"

#include <fmt/format.h>

#include <algorithm>

#include "sitegen/base/slug.h"
#include "sitegen/base/text.h"
#include "sitegen/content/node_fields.h"
#include "sitegen/content/toml_reader.h"
#include "sitegen/content/yaml_reader.h"

namespace memprof::sitegen {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kYamlFence = "---";
constexpr std::string_view kTomlFence = "+++";
constexpr size_t kFirstLine = 2;  // Below the opening fence.

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
  std::string_view fence;  // Empty: there is no front matter.
  std::string_view front;
  std::string_view body;
  size_t body_line = 1;
};

Parts split(std::string_view text, const std::string& file) {
  const Line opening = line_at(text, 0);
  if (opening.text != kYamlFence && opening.text != kTomlFence) return {{}, {}, text};
  size_t number = kFirstLine;
  for (size_t offset = opening.next; offset < text.size(); ++number) {
    const Line line = line_at(text, offset);
    if (line.text == opening.text) {
      return {opening.text, text.substr(opening.next, offset - opening.next),
              text.substr(line.next), number + 1};
    }
    offset = line.next;
  }
  throw Error(Position{file, 1, 1},
              fmt::format("the front matter is not closed by a line `{}`", opening.text));
}

class FrontMatterReader {
 public:
  FrontMatterReader(const std::string& file, FrontMatter& front_matter)
      : file_(file), fields_(file), front_matter_(front_matter) {
    front_matter_.params.kind = Node::Kind::kMap;
  }

  /// REQUIRES: `value` is not null.
  void read(const std::string& key, Node& value) {
    if (key == "title") {
      front_matter_.title = fields_.text(key, value);
    } else if (key == "description") {
      front_matter_.description = fields_.text(key, value);
    } else if (key == "date") {
      front_matter_.date = date(key, value);
    } else if (key == "updated") {
      front_matter_.updated = date(key, value);
    } else if (key == "weight") {
      front_matter_.weight = fields_.whole(key, value);
    } else if (key == "draft") {
      front_matter_.draft = fields_.truth(key, value);
    } else if (key == "slug") {
      front_matter_.slug = slug(key, value);
    } else if (key == "aliases") {
      front_matter_.aliases = aliases(key, value);
    } else if (key == "layout") {
      front_matter_.layout = fields_.text(key, value);
      front_matter_.layout_position = value.position(file_);
    } else {
      front_matter_.params.entries.emplace_back(key, std::move(value));
    }
  }

  void read_terms(const std::string& taxonomy, const Node& value) {
    std::vector<std::string>& terms = front_matter_.terms[taxonomy];
    for (const Node* item : fields_.scalars(taxonomy, value)) {
      if (slugify(item->text).empty()) {
        fields_.fail(*item,
                     fmt::format("`{}` has no letter or digit to make an address of", item->text));
      }
      terms.push_back(item->text);
    }
  }

 private:
  Date date(const std::string& key, const Node& value) const {
    const std::string text = fields_.text(key, value);
    if (const auto date = parse_date(text)) return *date;
    fields_.fail(value, fmt::format("bad {} `{}`: expected a day, YYYY-MM-DD", key, text));
  }

  std::string slug(const std::string& key, const Node& value) const {
    std::string text = fields_.text(key, value);
    const std::string why = why_not_a_name(text);
    if (why.empty()) return text;
    fields_.fail(value, fmt::format("bad slug `{}`: {}", printable(text), why));
  }

  /// "/old/" is the file old/index.html, "old" is old.html.
  std::vector<std::string> aliases(const std::string& key, const Node& value) const {
    std::vector<std::string> paths;
    for (const Node* item : fields_.scalars(key, value)) {
      std::string path = item->text.starts_with('/') ? item->text.substr(1) : item->text;
      if (path.empty() || path.ends_with('/')) {
        path += "index.html";
      } else if (!path.ends_with(".html")) {
        path += ".html";
      }
      if (const std::string why = why_not_a_path(path); !why.empty()) {
        fields_.fail(*item, fmt::format("bad alias `{}`: {}", printable(item->text), why));
      }
      paths.push_back(std::move(path));
    }
    return paths;
  }

  const std::string& file_;
  NodeFields fields_;
  FrontMatter& front_matter_;
};

}  // namespace

Document parse_document(std::string_view text, const std::string& file,
                        std::span<const std::string> taxonomies) {
  check_text(text, file);
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const Parts parts = split(text, file);
  Document document{.front_matter = {}, .body = parts.body, .body_line = parts.body_line};
  Node root = parts.fence == kTomlFence ? read_toml(parts.front, file, kFirstLine)
                                        : read_yaml(parts.front, file, kFirstLine);
  FrontMatterReader reader(file, document.front_matter);
  for (auto& [key, value] : root.entries) {
    if (value.kind == Node::Kind::kNull) continue;
    if (std::find(taxonomies.begin(), taxonomies.end(), key) != taxonomies.end()) {
      reader.read_terms(key, value);
    } else {
      reader.read(key, value);
    }
  }
  return document;
}

}  // namespace memprof::sitegen
