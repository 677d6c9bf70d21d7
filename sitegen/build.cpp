#include "sitegen/build.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "preload/include/memprof.h"
#include "sitegen/base/digest.h"
#include "sitegen/base/error.h"
#include "sitegen/base/output_folder.h"
#include "sitegen/base/parallel.h"
#include "sitegen/base/source_files.h"
#include "sitegen/base/text.h"
#include "sitegen/content/config.h"
#include "sitegen/content/data_files.h"
#include "sitegen/content/page.h"
#include "sitegen/output/feeds.h"
#include "sitegen/output/link_check.h"
#include "sitegen/output/search_index.h"
#include "sitegen/output/sitemap.h"
#include "sitegen/render/output_fields.h"
#include "sitegen/render/render.h"
#include "sitegen/render/template_data.h"
#include "sitegen/render/template_set.h"
#include "sitegen/site/outputs.h"
#include "sitegen/site/routes.h"
#include "sitegen/site/site.h"
#include "sitegen/site/static_files.h"
#include "sitegen/state/build_key.h"
#include "sitegen/state/reuse.h"

namespace memprof::sitegen {
namespace {

namespace fs = std::filesystem;

/// Frees what `value` holds. Assigning an empty one would not: a string keeps its memory then.
template <typename T>
void discard(T& value) {
  std::exchange(value, T());
}

/// One build from start to end; each member function is a phase.
class Build {
 public:
  explicit Build(const BuildOptions& options) : options_(options) {}

  BuildResult run() {
    phase("config", [this] { read_config(); });
    phase("discovery", [this] { discover(); });
    phase("parse", [this] { parse(); });
    phase("taxonomies", [this] { collect(); });
    phase("assets", [this] { prepare_assets(); });
    phase("render", [this] { render(); });
    phase("feeds", [this] { make_feeds(); });
    if (site_.config.check_links) phase("links", [this] { check_links(); });
    if (!options_.check_only) phase("write", [this] { write(); });
    result_.pages = site_.pages.size();
    result_.files = outputs_.size() + other_files_.size() + static_files_.size();
    return std::move(result_);
  }

 private:
  void phase(const char* name, const std::function<void()>& action) {
    const Phase recorded(name);
    const auto start = std::chrono::steady_clock::now();
    action();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    result_.phases_s.emplace_back(name, took.count());
  }

  void for_each(size_t count, const std::function<void(size_t)>& action) const {
    for_each_index(options_.jobs, count, action);
  }

  void read_config() {
    std::error_code error;
    if (!fs::is_directory(options_.source, error)) {
      throw Error(printable(options_.source.native()) + ": cannot build: no such folder");
    }
    fs::path file = options_.config;
    const fs::path usual = options_.source / "sitegen.toml";
    if (file.empty() && fs::exists(fs::symlink_status(usual))) file = usual;
    // The key first: what changes while it is read has the old one, and so no use next time.
    if (options_.incremental && !options_.check_only) {
      const Digest key = build_key(options_.drafts ? "drafts" : "", file, options_.source);
      reuse_.emplace(state_file(options_.source, options_.output), options_.output, key);
      result_.note = reuse_->note();
    }
    if (!file.empty()) config_ = load_config(file);
    data_files_ = load_data_files(options_.source / "data");
  }

  void discover() {
    for (SourceFile& file : find_files(options_.source / "content", "")) {
      if (file.relative.ends_with(".md")) {
        sources_.push_back(std::move(file));
      } else {
        const std::string output = file.relative;
        static_files_.push_back({.output = output, .source = std::move(file), .content = {}});
      }
    }
    for (SourceFile& file : find_files(options_.source / "static", "")) {
      const std::string output = file.relative;
      static_files_.push_back({.output = output, .source = std::move(file), .content = {}});
    }
  }

  void parse() {
    pages_.resize(sources_.size());
    if (reuse_) reuse_->expect_sources(sources_.size());
    for_each(sources_.size(), [&](size_t i) {
      pages_[i] = reuse_ ? reuse_->load(i, sources_[i], config_.taxonomies) : load(sources_[i]);
    });
    source_of_.reserve(sources_.size());
    for (size_t i = 0; i < sources_.size(); ++i) {
      if (pages_[i].front_matter.draft && !options_.drafts) continue;
      if (i != source_of_.size()) pages_[source_of_.size()] = std::move(pages_[i]);
      source_of_.push_back(i);
    }
    pages_.resize(source_of_.size());
  }

  Page load(const SourceFile& source) const {
    return parse_page(source, read_file(source.path), config_.taxonomies);
  }

  void collect() {
    site_ = make_site(std::move(config_), std::move(pages_));
    outputs_ = site_outputs(site_);
    // A site may bring its own.
    std::erase_if(outputs_, [this](const Output& output) {
      return output.kind == Output::Kind::kNotFound && has_static(output.path);
    });
    for (const StaticFile& file : static_files_) add_route(file);
    for (const Output& output : outputs_) {
      routes_.add(output.path, [&output] { return output.origin(); });
    }
  }

  void add_route(const StaticFile& file) {
    routes_.add(file.output, [&file] {
      return file.source.path.empty() ? "the default theme" : printable(file.source.path);
    });
  }

  bool has_static(const std::string& path) const {
    return std::any_of(static_files_.begin(), static_files_.end(),
                       [&path](const StaticFile& file) { return file.output == path; });
  }

  void prepare_assets() {
    const size_t before = static_files_.size();
    assets_ = collect_assets(options_.source / "assets", static_files_);
    for (size_t i = before; i < static_files_.size(); ++i) add_route(static_files_[i]);
  }

  /// Pages first: lists quote them. What a page became is kept only as far as lists and feeds need
  /// it.
  void render() {
    templates_.emplace(options_.source / "layouts", assets_);
    check_layouts(site_, *templates_);
    site_data_ = site_data(site_, data_files_);
    renderer_.emplace(site_, *templates_, site_data_);
    if (reuse_) reuse_->enter_site(site_, source_of_, outputs_, assets_, data_files_);
    if (!options_.check_only) folder_.emplace(options_.output);
    links_.resize(outputs_.size());
    search_entries_.resize(site_.pages.size());
    converted_.resize(site_.pages.size());
    std::unordered_set<const Page*> quoted;
    if (!site_.config.base_url.empty()) {
      for (const Page* page : feed_pages(site_)) quoted.insert(page);
    }
    // The outputs begin with those of the pages that are no index.
    std::vector<size_t> output_of(site_.pages.size());
    size_t next = 0;
    for (size_t i = 0; i < site_.pages.size(); ++i) {
      if (!site_.pages[i].is_index()) output_of[i] = next++;
    }
    for_each(site_.pages.size(), [&](size_t i) {
      Page& page = site_.pages[i];
      if (!reuse_ || !reuse_->holds_page(i)) {
        std::vector<PageLink> links = convert(i);
        if (!page.is_index()) search_entries_[i] = search_entry(page);
        if (reuse_) reuse_->enter_links(i, std::move(links));
        discard(page.content.text);
      }
      if (page.is_index()) return;
      render_output(output_of[i]);
      if (!quoted.contains(&page)) {
        discard(page.content);
        converted_[i] = false;
      }
    });
    for_each(outputs_.size() - next, [&](size_t i) { render_output(next + i); });
  }

  /// What the text of a page becomes. Gives the pages that it leads to.
  std::vector<PageLink> convert(size_t i) {
    Page& page = site_.pages[i];
    // One from the last build comes without its text, and one converted already has lost it.
    if (page.body.empty()) page.body = load(page.source).body;
    std::vector<PageLink> links;
    page.content = renderer_->convert(page, links);
    converted_[i] = true;
    discard(page.body);
    page.summary = summary_of(page);
    return links;
  }

  /// What became of the text of `page`, for who shows it.
  void need_content(const Page* page) {
    if (page == nullptr) return;
    const auto i = static_cast<size_t>(page - site_.pages.data());
    if (!converted_[i]) convert(i);
  }

  void render_output(size_t i) {
    if (!reuse_ || !reuse_->holds_output(i)) {
      need_content(page_shown(outputs_[i]));
      const std::string html = renderer_->render(outputs_[i]);
      if (site_.config.check_links) links_[i] = find_links(html);
      if (folder_) folder_->add(outputs_[i].path, html);
    }
    if (options_.progress) options_.progress(rendered_.fetch_add(1) + 1, outputs_.size());
  }

  void make_feeds() {
    Digester content;
    if (reuse_) {
      for (const Page& page : site_.pages) content.add(reuse_->content_of(page));
    }
    if (has_to_make("search.json", content.take())) add_search_index();
    if (site_.config.base_url.empty()) return;
    const std::vector<const Page*> pages = feed_pages(site_);
    if (reuse_) {
      content.add(std::string_view(site_.title));
      for (const Page* page : pages) content.add(reuse_->content_of(*page));
    }
    const Digest of_feeds = content.take();
    for (const auto& [path, feed] : {std::pair("atom.xml", &atom_feed), {"rss.xml", &rss_feed}}) {
      if (!has_to_make(path, of_feeds)) continue;
      for (const Page* page : pages) need_content(page);
      folder_->add(path, feed(site_));
    }
    const Sitemap sitemap(site_, outputs_);
    const Digest of_sitemap = reuse_ ? sitemap.digest() : Digest();
    for (size_t i = 0; i < sitemap.files().size(); ++i) {
      const std::string& path = sitemap.files()[i];
      if (has_to_make(path, of_sitemap)) folder_->add(path, sitemap.text(i));
    }
    if (has_to_make("robots.txt", {})) folder_->add("robots.txt", robots_txt(site_));
  }

  void add_search_index() {
    SearchIndex index;
    for (size_t i = 0; i < site_.pages.size(); ++i) {
      if (site_.pages[i].is_index()) continue;
      // One that was not made anew is there.
      const bool in_place = search_entries_[i].empty();
      const auto [offset, size] = in_place
                                      ? reuse_->search_entry(i)
                                      : std::pair<size_t, size_t>(0, search_entries_[i].size());
      const size_t begin =
          in_place ? index.add_in_place(offset, size) : index.add(search_entries_[i]);
      if (reuse_) reuse_->enter_search_entry(i, begin, size);
    }
    folder_->add("search.json", index.take());
    discard(search_entries_);
  }

  /// Whether the file `path` is to be made: nothing is when there is nowhere to write to, and a
  /// site may bring its own. `content` stands for what it is made of; zero: make it anyway.
  bool has_to_make(const std::string& path, const Digest& content) {
    if (has_static(path)) return false;
    const std::string& name = other_files_.emplace_back(path);
    routes_.add(name, [&name] { return "the file `" + name + "` that every site has"; });
    if (!reuse_ || !reuse_->holds_made_file(path, content)) return folder_.has_value();
    ++result_.kept;
    return false;
  }

  void check_links() {
    std::vector<std::string> files(other_files_.begin(), other_files_.end());
    for (const StaticFile& file : static_files_) files.push_back(file.output);
    const bool kept_too = reuse_ && reuse_->has_lost_targets(links_, files);
    const std::function<HtmlLinks(const Output&)> in_place = [this](const Output& output) {
      return reuse_->links_in_place(output);
    };
    LinkCheck check(site_.config);
    for (size_t i = 0; i < outputs_.size(); ++i) {
      if (reuse_ && reuse_->is_kept(i)) {
        check.add_kept(outputs_[i], in_place);
      } else {
        check.add_html(outputs_[i], std::move(links_[i]));
      }
    }
    for (const std::string& path : files) check.add_file(path);
    const std::vector<BrokenLink> broken = check.check(options_.jobs, kept_too);
    if (!broken.empty()) {
      throw Error(describe(broken, [this](const Output& output) { return render_again(output); }));
    }
  }

  /// To say where in it a link is broken.
  std::string render_again(const Output& output) {
    need_content(page_shown(output));
    return renderer_->render(output);
  }

  void write() {
    routes_.check_folders();
    std::vector<const StaticFile*> changed;
    for (const StaticFile& file : static_files_) {
      if (reuse_ && reuse_->holds_static_file(file)) {
        ++result_.kept;
      } else {
        changed.push_back(&file);
      }
    }
    for_each(changed.size(), [&](size_t i) {
      const StaticFile& file = *changed[i];
      folder_->add(file.output,
                   file.source.path.empty() ? file.content : read_file(file.source.path));
    });
    if (reuse_) reuse_->remove_unwanted(*folder_);
    folder_->commit();
    if (!reuse_) return;
    for (size_t i = 0; i < outputs_.size(); ++i) result_.kept += reuse_->is_kept(i) ? 1 : 0;
    reuse_->save(site_.pages);
  }

  const BuildOptions& options_;
  Config config_;
  Node data_files_;
  std::vector<SourceFile> sources_;
  std::deque<StaticFile> static_files_;  // Routes point into it.
  std::optional<Reuse> reuse_;           // With options_.incremental.
  std::vector<Page> pages_;
  std::vector<size_t> source_of_;  // Of each page, an index of sources_.
  Site site_;
  std::vector<Output> outputs_;
  Routes routes_;
  AssetMap assets_;
  std::optional<TemplateSet> templates_;
  Data site_data_;
  std::optional<Renderer> renderer_;
  std::optional<OutputFolder> folder_;  // None when nothing is to be written.
  std::vector<char> converted_;         // Of each page: whether it has its content.
  std::vector<HtmlLinks> links_;        // Of each output.
  std::vector<std::string> search_entries_;
  std::deque<std::string> other_files_;  // What is neither HTML of ours nor a static file.
  std::atomic<size_t> rendered_ = 0;
  BuildResult result_;
};

}  // namespace

BuildResult build_site(const BuildOptions& options) {
  assert(options.repeat >= 1 && options.jobs >= 1);
  BuildResult result;
  for (size_t build = 0; build < options.repeat; ++build) {
    const Phase phase("build");
    result = Build(options).run();
  }
  return result;
}

}  // namespace memprof::sitegen
