#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "sitegen/output/html_links.h"
#include "sitegen/site/outputs.h"
#include "sitegen/site/site.h"

namespace memprof::sitegen {

/// A link that leads nowhere.
struct BrokenLink {
  const Output* output;
  HtmlLinks::Link link;
  std::string why;
};

/// Follows the links of the site to itself. For one thread at a time.
class LinkCheck {
 public:
  explicit LinkCheck(const Config& config);

  /// A file of the output that is no HTML of ours.
  void add_file(const std::string& path) { files_.insert(path); }

  /// HTML of ours with what is in it; `output` must outlive this.
  void add_html(const Output& output, HtmlLinks links);

  /// HTML that is as it was when its links were last followed, and all well. What is in it, `links`
  /// says on request, also to several threads at once; it must outlive this, too.
  void add_kept(const Output& output, const std::function<HtmlLinks(const Output&)>& links);

  /// In the order of the add_... calls, and in each document's order. Those of kept documents are
  /// followed only if `kept_too`: needless, unless something they may lead to is gone. Uses up to
  /// `jobs` threads.
  std::vector<BrokenLink> check(size_t jobs, bool kept_too = false);

 private:
  struct Document {
    const Output* output;
    std::vector<HtmlLinks::Link> links = {};
    std::unordered_set<std::string> anchors = {};
    const std::function<HtmlLinks(const Output&)>* kept = nullptr;  // Instead of both.

    void set(HtmlLinks found);
    bool has_anchor(const std::string& anchor) const;
  };

  Document& add(const Output& output);

  /// Where a link of the file `from` leads in the site; nullopt when it leads out of it.
  std::optional<std::string> target_path(const std::string& from, std::string_view path) const;
  std::string why_broken(const Document& from, const std::string& url) const;

  std::string base_url_;
  std::string base_path_;
  std::vector<Document> documents_;
  std::unordered_map<std::string_view, size_t> by_path_;  // Indexes of documents_.
  std::unordered_set<std::string> files_;
};

/// What to tell the user, a line for each of the first 20: with the place in the page's own file
/// where the address stands there, else with that in the HTML, which `html_of` gives.
std::string describe(const std::vector<BrokenLink>& broken,
                     const std::function<std::string(const Output&)>& html_of);

}  // namespace memprof::sitegen
