#include "sitegen/output/plain_html.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sitegen/base/text.h"

namespace memprof::sitegen {
namespace {

// A parser moves, closes and repeats elements by rules of its own where they do not nest as they
// should: a link across the end of a paragraph becomes two. So a document is plain only if each
// element is closed where it was opened and stands where no such rule applies.

enum class Kind {
  kVoid,
  kInline,
  kLink,  ///< An <a>: one is not in another.
  kBlock,
  kParagraph,
  kRule,  ///< An <hr>: void, and ends a paragraph.
  kHeading,
  kListItem,
  kDescription,
  kTable,
  kPart,  ///< Of a document or a table: see `parents`.
  kTitle,
};

struct Element {
  std::string_view name;
  Kind kind;

  /// What a part must stand in directly, and nothing that is looked for may be in its tag: outside,
  /// it is dropped.
  std::array<std::string_view, 2> parents = {};

  /// Whether what stands in it stays there.
  bool holds_text() const {
    return kind != Kind::kTable && (kind != Kind::kPart || name == "head" || name == "body" ||
                                    name == "th" || name == "td");
  }
};

constexpr std::array kElements = {Element{"br", Kind::kVoid},
                                  Element{"img", Kind::kVoid},
                                  Element{"input", Kind::kVoid},
                                  Element{"link", Kind::kVoid},
                                  Element{"meta", Kind::kVoid},
                                  Element{"hr", Kind::kRule},
                                  Element{"a", Kind::kLink},
                                  Element{"abbr", Kind::kInline},
                                  Element{"b", Kind::kInline},
                                  Element{"cite", Kind::kInline},
                                  Element{"code", Kind::kInline},
                                  Element{"del", Kind::kInline},
                                  Element{"em", Kind::kInline},
                                  Element{"i", Kind::kInline},
                                  Element{"ins", Kind::kInline},
                                  Element{"kbd", Kind::kInline},
                                  Element{"small", Kind::kInline},
                                  Element{"span", Kind::kInline},
                                  Element{"strong", Kind::kInline},
                                  Element{"sup", Kind::kInline},
                                  Element{"time", Kind::kInline},
                                  Element{"article", Kind::kBlock},
                                  Element{"aside", Kind::kBlock},
                                  Element{"blockquote", Kind::kBlock},
                                  Element{"details", Kind::kBlock},
                                  Element{"div", Kind::kBlock},
                                  Element{"dl", Kind::kBlock},
                                  Element{"figcaption", Kind::kBlock},
                                  Element{"figure", Kind::kBlock},
                                  Element{"footer", Kind::kBlock},
                                  Element{"header", Kind::kBlock},
                                  Element{"main", Kind::kBlock},
                                  Element{"nav", Kind::kBlock},
                                  Element{"ol", Kind::kBlock},
                                  Element{"pre", Kind::kBlock},
                                  Element{"section", Kind::kBlock},
                                  Element{"ul", Kind::kBlock},
                                  Element{"p", Kind::kParagraph},
                                  Element{"h1", Kind::kHeading},
                                  Element{"h2", Kind::kHeading},
                                  Element{"h3", Kind::kHeading},
                                  Element{"h4", Kind::kHeading},
                                  Element{"h5", Kind::kHeading},
                                  Element{"h6", Kind::kHeading},
                                  Element{"li", Kind::kListItem},
                                  Element{"dt", Kind::kDescription},
                                  Element{"dd", Kind::kDescription},
                                  Element{"title", Kind::kTitle},
                                  Element{"table", Kind::kTable},
                                  Element{"html", Kind::kPart, {"", ""}},
                                  Element{"head", Kind::kPart, {"html", "html"}},
                                  Element{"body", Kind::kPart, {"html", "html"}},
                                  Element{"thead", Kind::kPart, {"table", "table"}},
                                  Element{"tbody", Kind::kPart, {"table", "table"}},
                                  Element{"tr", Kind::kPart, {"thead", "tbody"}},
                                  Element{"th", Kind::kPart, {"tr", "tr"}},
                                  Element{"td", Kind::kPart, {"tr", "tr"}}};

/// nullptr: a name that is not known to be harmless.
const Element* find_element(std::string_view name) {
  static const std::unordered_map<std::string_view, const Element*> by_name = [] {
    std::unordered_map<std::string_view, const Element*> map;
    for (const Element& element : kElements) map.emplace(element.name, &element);
    return map;
  }();
  const auto found = by_name.find(name);
  return found == by_name.end() ? nullptr : found->second;
}

bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}

bool is_space(char c) {
  return c == ' ' || c == '\n';
}

class Scanner {
 public:
  explicit Scanner(std::string_view html) : html_(html) {}

  std::optional<HtmlLinks> scan() {
    if (html_.find('\0') != html_.npos || html_.find('\r') != html_.npos) return std::nullopt;
    constexpr std::string_view kDoctype = "<!DOCTYPE html>";
    if (!take(kDoctype)) return std::nullopt;
    while (true) {
      at_ = html_.find('<', at_);
      if (at_ == html_.npos)
        return open_.empty() ? std::optional(std::move(result_)) : std::nullopt;
      if (!tag()) return std::nullopt;
    }
  }

 private:
  char peek() const { return at_ < html_.size() ? html_[at_] : '\0'; }

  bool take(std::string_view text) {
    if (!html_.substr(at_).starts_with(text)) return false;
    at_ += text.size();
    return true;
  }

  std::string_view word() {
    const size_t begin = at_;
    while (is_letter(peek()) ||
           (at_ > begin && ((peek() >= '0' && peek() <= '9') || peek() == '-'))) {
      ++at_;
    }
    return html_.substr(begin, at_ - begin);
  }

  bool tag() {
    const size_t begin = at_++;
    if (take("/")) {
      const std::string_view name = word();
      if (open_.empty() || open_.back()->name != name || !take(">")) return false;
      close();
      return true;
    }
    const std::string_view name = word();
    const Element* element = find_element(name);
    if (element == nullptr) return false;
    if (element->kind == Kind::kTitle) return attributes(begin, name, false) && title();
    const bool links = element->kind != Kind::kPart && element->kind != Kind::kTable;
    if (!may_stand_here(*element) || !attributes(begin, name, links)) return false;
    if (element->kind == Kind::kVoid || element->kind == Kind::kRule) return true;
    open_.push_back(element);
    ++open_of_kind_[static_cast<size_t>(element->kind)];
    return html_[at_ - 2] != '/';
  }

  void close() {
    --open_of_kind_[static_cast<size_t>(open_.back()->kind)];
    open_.pop_back();
  }

  bool is_open(Kind kind) const { return open_of_kind_[static_cast<size_t>(kind)] != 0; }

  bool may_stand_here(const Element& element) const {
    const std::string_view above = open_.empty() ? std::string_view() : open_.back()->name;
    if (element.kind == Kind::kPart) {
      return above == element.parents[0] || above == element.parents[1];
    }
    if (!open_.empty() && !open_.back()->holds_text()) return false;
    switch (element.kind) {
      case Kind::kVoid:
      case Kind::kInline:
        return true;
      case Kind::kLink:
        return !is_open(Kind::kLink);
      case Kind::kHeading:
        return !is_open(Kind::kParagraph) && !is_open(Kind::kHeading);
      case Kind::kListItem:
        return !is_open(Kind::kParagraph) && (above == "ul" || above == "ol");
      case Kind::kDescription:
        return !is_open(Kind::kParagraph) && above == "dl";
      default:
        return !is_open(Kind::kParagraph);
    }
  }

  /// Its text is text up to its end, whatever it looks like.
  bool title() {
    at_ = html_.find('<', at_);
    return at_ != html_.npos && take("</title>");
  }

  /// Reads up to the end of the tag. Nothing that is looked for may be there unless `links`.
  bool attributes(size_t begin, std::string_view name, bool links) {
    HtmlLinks::Link href{.url = {}, .offset = begin};
    HtmlLinks::Link src{.url = {}, .offset = begin};
    bool has_href = false;
    bool has_src = false;
    bool has_id = false;
    while (true) {
      while (is_space(peek())) ++at_;
      if (take(">") || take("/>")) break;
      if (!is_space(html_[at_ - 1])) return false;
      const std::string_view key = word();
      if (key.empty()) return false;
      const bool wanted = key == "href" || key == "src" || key == "id";
      std::string value;
      if (take("=") && !(wanted ? quoted(value) : skip_quoted())) return false;
      if (key == "name" && name == "a") return false;
      if (!wanted) continue;
      // Of one given twice, the first holds; the parser knows.
      bool& seen = key == "href" ? has_href : key == "src" ? has_src : has_id;
      if (!links || std::exchange(seen, true)) return false;
      if (key == "id") {
        result_.anchors.push_back(std::move(value));
      } else {
        (key == "href" ? href : src).url = std::move(value);
      }
    }
    if (has_href) result_.links.push_back(std::move(href));
    if (has_src) result_.links.push_back(std::move(src));
    return true;
  }

  bool skip_quoted() {
    if (!take("\"")) return false;
    const size_t end = html_.find('"', at_);
    if (end == html_.npos) return false;
    at_ = end + 1;
    return true;
  }

  bool quoted(std::string& value) {
    const size_t begin = at_ + 1;
    if (!skip_quoted()) return false;
    const std::string_view raw = html_.substr(begin, at_ - 1 - begin);
    if (find_bad_text(raw) != raw.npos) return false;
    value = raw;
    return raw.find('&') == raw.npos || decode(value);
  }

  static bool decode(std::string& value) {
    constexpr std::array<std::pair<std::string_view, char>, 5> kEntities = {
        {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}}};
    for (size_t at = value.find('&'); at != value.npos; at = value.find('&', at + 1)) {
      const auto entity =
          std::find_if(kEntities.begin(), kEntities.end(), [&](const auto& candidate) {
            return std::string_view(value).substr(at).starts_with(candidate.first);
          });
      if (entity == kEntities.end()) return false;
      value.replace(at, entity->first.size(), 1, entity->second);
    }
    return true;
  }

  std::string_view html_;
  size_t at_ = 0;
  std::vector<const Element*> open_;  // Outermost first.
  std::array<size_t, static_cast<size_t>(Kind::kTitle) + 1> open_of_kind_ = {};
  HtmlLinks result_;
};

}  // namespace

std::optional<HtmlLinks> scan_plain_html(std::string_view html) {
  return Scanner(html).scan();
}

}  // namespace memprof::sitegen
