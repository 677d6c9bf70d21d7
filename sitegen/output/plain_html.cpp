#include "sitegen/output/plain_html.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "sitegen/base/text.h"

namespace memprof::sitegen {
namespace {

// A parser moves, closes and repeats elements by rules of its own where they do not nest as they
// should: a link across the end of a paragraph becomes two. So a document is plain only if each
// element is closed where it was opened and stands where no such rule applies.

constexpr std::array<std::string_view, 6> kVoid = {"br", "hr", "img", "input", "link", "meta"};

constexpr std::array<std::string_view, 14> kInline = {"a",     "abbr", "b",      "cite", "code",
                                                      "del",   "em",   "i",      "ins",  "kbd",
                                                      "small", "span", "strong", "sup"};

constexpr std::array<std::string_view, 16> kBlocks = {
    "article", "aside",  "blockquote", "details", "div", "dl",  "figcaption", "figure",
    "footer",  "header", "main",       "nav",     "ol",  "pre", "section",    "ul"};

constexpr std::array<std::string_view, 6> kHeadings = {"h1", "h2", "h3", "h4", "h5", "h6"};

/// What an element must stand in directly, and nothing that is looked for may be in its tag:
/// outside, it is dropped.
struct Place {
  std::string_view name;
  std::array<std::string_view, 2> parents;
};
constexpr std::array<Place, 9> kPlaces = {{{"html", {"", ""}},
                                           {"head", {"html", "html"}},
                                           {"body", {"html", "html"}},
                                           {"table", {"*", "*"}},
                                           {"thead", {"table", "table"}},
                                           {"tbody", {"table", "table"}},
                                           {"tr", {"thead", "tbody"}},
                                           {"th", {"tr", "tr"}},
                                           {"td", {"tr", "tr"}}}};

bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}

bool is_space(char c) {
  return c == ' ' || c == '\n';
}

template <size_t kSize>
bool contains(const std::array<std::string_view, kSize>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
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
      if (open_.empty() || open_.back() != name || !take(">")) return false;
      open_.pop_back();
      return true;
    }
    const std::string_view name = word();
    if (name == "title") return attributes(begin, name, false) && title();
    bool links = true;
    if (!may_stand_here(name, links) || !attributes(begin, name, links)) return false;
    if (contains(kVoid, name)) return true;
    open_.push_back(name);
    return html_[at_ - 2] != '/';
  }

  bool is_open(std::string_view name) const {
    return std::find(open_.begin(), open_.end(), name) != open_.end();
  }

  /// Sets `links` to whether its tag may have what is looked for.
  bool may_stand_here(std::string_view name, bool& links) const {
    const std::string_view above = open_.empty() ? std::string_view() : open_.back();
    const auto place = std::find_if(kPlaces.begin(), kPlaces.end(),
                                    [name](const Place& known) { return known.name == name; });
    if (place != kPlaces.end()) {
      links = false;
      if (name == "table") return in_text(above) && !is_open("p");
      return above == place->parents[0] || above == place->parents[1];
    }
    if (!in_text(above)) return false;
    if (name == "a") return !is_open("a");
    if (contains(kInline, name) || name == "time" || (contains(kVoid, name) && name != "hr")) {
      return true;
    }
    if (is_open("p")) return false;
    if (contains(kHeadings, name)) {
      return std::none_of(kHeadings.begin(), kHeadings.end(),
                          [this](std::string_view heading) { return is_open(heading); });
    }
    if (name == "li") return above == "ul" || above == "ol";
    if (name == "dt" || name == "dd") return above == "dl";
    return contains(kBlocks, name) || name == "p" || name == "hr";
  }

  /// Whether what stands in `name` stays there.
  static bool in_text(std::string_view name) {
    constexpr std::array<std::string_view, 5> kStructure = {"table", "thead", "tbody", "tr",
                                                            "html"};
    return !contains(kStructure, name);
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
  std::vector<std::string_view> open_;  // Outermost first.
  HtmlLinks result_;
};

}  // namespace

std::optional<HtmlLinks> scan_plain_html(std::string_view html) {
  return Scanner(html).scan();
}

}  // namespace memprof::sitegen
