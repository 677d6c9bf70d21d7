#include "sitegen/output/link_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "sitegen/base/parallel.h"
#include "sitegen/base/slug.h"
#include "sitegen/base/source_files.h"
#include "sitegen/base/text.h"

namespace memprof::sitegen {
namespace {

constexpr size_t kMaxDescribed = 20;

bool has_scheme(std::string_view url) {
  const size_t end = url.find_first_of(":/?#");
  return end != std::string_view::npos && end > 0 && url[end] == ':';
}

std::string_view trim(std::string_view url) {
  const size_t begin = url.find_first_not_of(" \t\r\n\f");
  if (begin == std::string_view::npos) return {};
  return url.substr(begin, url.find_last_not_of(" \t\r\n\f") - begin + 1);
}

/// Where `path` leads from `folder`: as a browser does, and with an end in '/' kept. What leads
/// above the top keeps its "..", which is the name of no file.
std::string follow(std::string_view folder, std::string_view path) {
  std::string result(folder);
  for (size_t start = 0; start <= path.size();) {
    const size_t slash = std::min(path.find('/', start), path.size());
    const std::string_view name = path.substr(start, slash - start);
    const bool last = slash == path.size();
    if (name == ".." && !result.empty() && last_name(result) != "..") {
      result.resize(parent_of(result).size());
      if (last && !result.empty()) result += '/';
    } else if (name.empty() || name == ".") {
      if (last && !result.empty()) result += '/';
    } else {
      if (!result.empty()) result += '/';
      result += name;
    }
    start = slash + 1;
  }
  return result;
}

/// Where `url` stands in the text of the page, if it does.
std::optional<Position> place_in_source(const Page& page, const std::string& url) {
  const std::string text = read_file(page.source.path);
  size_t body = 0;
  for (size_t line = 1; line < page.body_line; ++line) body = text.find('\n', body) + 1;
  for (const std::string& form : {url, url_decode(url)}) {
    const size_t offset = form.empty() ? std::string::npos : text.find(form, body);
    if (offset == std::string::npos) continue;
    return position_at(text, offset, printable(page.source.path));
  }
  return std::nullopt;
}

}  // namespace

LinkCheck::LinkCheck(const Config& config)
    : base_url_(config.base_url), base_path_(config.base_path()) {}

void LinkCheck::Document::set(HtmlLinks found) {
  kept = nullptr;
  links = std::move(found.links);
  for (std::string& anchor : found.anchors) anchors.insert(std::move(anchor));
}

bool LinkCheck::Document::has_anchor(const std::string& anchor) const {
  if (kept == nullptr) return anchors.contains(anchor);
  const HtmlLinks found = (*kept)(*output);
  return std::find(found.anchors.begin(), found.anchors.end(), anchor) != found.anchors.end();
}

LinkCheck::Document& LinkCheck::add(const Output& output) {
  by_path_.emplace(output.path, documents_.size());
  return documents_.emplace_back(Document{.output = &output});
}

void LinkCheck::add_html(const Output& output, HtmlLinks links) {
  add(output).set(std::move(links));
}

void LinkCheck::add_kept(const Output& output,
                         const std::function<HtmlLinks(const Output&)>& links) {
  add(output).kept = &links;
}

std::vector<BrokenLink> LinkCheck::check(size_t jobs, bool kept_too) {
  if (kept_too) {
    for_each_index(jobs, documents_.size(), [this](size_t i) {
      Document& document = documents_[i];
      if (document.kept != nullptr) document.set((*document.kept)(*document.output));
    });
  }
  std::vector<std::vector<BrokenLink>> broken(documents_.size());
  for_each_index(jobs, documents_.size(), [&](size_t i) {
    for (const HtmlLinks::Link& link : documents_[i].links) {
      std::string why = why_broken(documents_[i], link.url);
      if (!why.empty()) broken[i].push_back({documents_[i].output, link, std::move(why)});
    }
  });
  std::vector<BrokenLink> all;
  for (std::vector<BrokenLink>& some : broken) {
    std::move(some.begin(), some.end(), std::back_inserter(all));
  }
  return all;
}

std::optional<std::string> LinkCheck::target_path(const std::string& from,
                                                  std::string_view path) const {
  if (path.starts_with('/')) {
    // What else is on the server is not ours to know.
    if (!path.starts_with(base_path_)) return std::nullopt;
    return follow("", url_decode(path.substr(base_path_.size())));
  }
  return follow(parent_of(from), url_decode(path));
}

/// Empty: it is not.
std::string LinkCheck::why_broken(const Document& from, const std::string& url) const {
  std::string_view rest = trim(url);
  std::string own;
  if (!base_url_.empty() && rest.starts_with(base_url_)) {
    own = base_path_ + std::string(rest.substr(base_url_.size()));
    rest = own;
  }
  if (has_scheme(rest) || rest.starts_with("//")) return {};
  const size_t hash = std::min(rest.find('#'), rest.size());
  const std::string_view path = rest.substr(0, std::min(rest.find('?'), hash));
  const std::string fragment = url_decode(rest.substr(std::min(hash + 1, rest.size())));

  const Document* target = &from;
  if (!path.empty()) {
    std::optional<std::string> file = target_path(from.output->path, path);
    if (!file) return {};
    if (file->empty() || file->ends_with('/')) *file += "index.html";
    auto found = by_path_.find(*file);
    // Servers send who asks for a folder to its index.
    if (found == by_path_.end()) found = by_path_.find(*file + "/index.html");
    if (found == by_path_.end()) return files_.contains(*file) ? "" : "no such page or file";
    target = &documents_[found->second];
  }
  if (fragment.empty() || fragment == "top" || target->has_anchor(fragment)) return {};
  return fmt::format("no such anchor in {}", printable(target->output->path));
}

std::string describe(const std::vector<BrokenLink>& broken,
                     const std::function<std::string(const Output&)>& html_of) {
  std::string text;
  for (size_t i = 0; i < std::min(broken.size(), kMaxDescribed); ++i) {
    const auto& [output, link, why] = broken[i];
    const Page* page = output->section != nullptr ? output->section->index : output->page;
    std::optional<Position> at;
    if (page != nullptr) at = place_in_source(*page, link.url);
    if (!at)
      at = position_at(html_of(*output), link.offset, "output file " + printable(output->path));
    if (!text.empty()) text += '\n';
    text += Error(*at, fmt::format("broken link `{}`: {}", printable(link.url), why)).what();
  }
  if (broken.size() > kMaxDescribed) {
    text += fmt::format("\n{} more broken links", broken.size() - kMaxDescribed);
  }
  return text;
}

}  // namespace memprof::sitegen
