#include "sitegen/build.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "preload/include/memprof.h"
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
#include "sitegen/render/render.h"
#include "sitegen/render/template_data.h"
#include "sitegen/render/template_set.h"
#include "sitegen/site/outputs.h"
#include "sitegen/site/routes.h"
#include "sitegen/site/site.h"
#include "sitegen/site/static_files.h"

namespace memprof::sitegen {
namespace {

namespace fs = std::filesystem;

/// A file of the output, made and not written yet.
struct OutputFile {
  std::string path;
  std::string bytes;
};

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
    result_.files = files_.size() + static_files_.size();
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
    const fs::path usual = options_.source / "sitegen.toml";
    if (!options_.config.empty()) {
      config_ = load_config(options_.config);
    } else if (fs::exists(fs::symlink_status(usual))) {
      config_ = load_config(usual);
    }
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
    std::vector<std::optional<Page>> loaded(sources_.size());
    for_each(sources_.size(),
             [&](size_t i) { loaded[i] = load_page(sources_[i], config_.taxonomies); });
    for (std::optional<Page>& page : loaded) {
      if (options_.drafts || !page->front_matter.draft) pages_.push_back(std::move(*page));
    }
  }

  void collect() {
    site_ = make_site(std::move(config_), std::move(pages_));
    outputs_ = site_outputs(site_);
    for (const StaticFile& file : static_files_) {
      routes_.add(file.output, printable(file.source.path.native()));
    }
    for (const Output& output : outputs_) {
      // A site may bring its own.
      if (output.kind == Output::Kind::kNotFound && routes_.contains(output.path)) continue;
      routes_.add(output.path, output.origin());
    }
    std::erase_if(outputs_, [this](const Output& output) {
      return output.kind == Output::Kind::kNotFound && has_static(output.path);
    });
  }

  bool has_static(const std::string& path) const {
    return std::any_of(static_files_.begin(), static_files_.end(),
                       [&path](const StaticFile& file) { return file.output == path; });
  }

  void prepare_assets() {
    const size_t before = static_files_.size();
    assets_ = collect_assets(options_.source / "assets", static_files_);
    for (size_t i = before; i < static_files_.size(); ++i) {
      const StaticFile& file = static_files_[i];
      routes_.add(file.output, file.source.path.empty() ? "the default theme"
                                                        : printable(file.source.path.native()));
    }
  }

  void render() {
    const TemplateSet templates(options_.source / "layouts", assets_);
    check_layouts(site_, templates);
    const Data site = site_data(site_, data_files_);
    const Renderer renderer(site_, templates, site);
    // Lists quote the pages, so all pages come first.
    for_each(site_.pages.size(),
             [&](size_t i) { site_.pages[i].content = renderer.convert(site_.pages[i]); });
    files_.resize(outputs_.size());
    std::atomic<size_t> done = 0;
    for_each(outputs_.size(), [&](size_t i) {
      files_[i] = {outputs_[i].path, renderer.render(outputs_[i])};
      if (options_.progress) options_.progress(done.fetch_add(1) + 1, outputs_.size());
    });
  }

  void make_feeds() {
    add_file("search.json", search_index(site_));
    if (site_.config.base_url.empty()) return;
    add_file("atom.xml", atom_feed(site_));
    add_file("rss.xml", rss_feed(site_));
    add_file("sitemap.xml", sitemap(site_, outputs_));
    add_file("robots.txt", robots_txt(site_));
  }

  /// Unless the site brings its own.
  void add_file(const std::string& path, std::string bytes) {
    if (has_static(path)) return;
    routes_.add(path, "the file `" + path + "` that every site has");
    files_.push_back({path, std::move(bytes)});
  }

  void check_links() {
    std::vector<HtmlLinks> links(outputs_.size());
    for_each(outputs_.size(), [&](size_t i) { links[i] = find_links(files_[i].bytes); });
    LinkCheck check(site_.config);
    for (size_t i = 0; i < outputs_.size(); ++i) check.add_html(outputs_[i], std::move(links[i]));
    for (size_t i = outputs_.size(); i < files_.size(); ++i) check.add_file(files_[i].path);
    for (const StaticFile& file : static_files_) check.add_file(file.output);
    if (const std::vector<BrokenLink> broken = check.check(); !broken.empty()) {
      throw Error(describe(broken, [this](const Output& output) {
        return files_[static_cast<size_t>(&output - outputs_.data())].bytes;
      }));
    }
  }

  void write() {
    routes_.check_folders();
    OutputFolder folder(options_.output);
    for_each(files_.size(), [&](size_t i) { folder.write(files_[i].path, files_[i].bytes); });
    for_each(static_files_.size(), [&](size_t i) {
      const StaticFile& file = static_files_[i];
      folder.write(file.output,
                   file.source.path.empty() ? file.content : read_file(file.source.path));
    });
  }

  const BuildOptions& options_;
  Config config_;
  Node data_files_;
  std::vector<SourceFile> sources_;
  std::vector<StaticFile> static_files_;
  std::vector<Page> pages_;
  Site site_;
  std::vector<Output> outputs_;
  Routes routes_;
  AssetMap assets_;
  std::vector<OutputFile> files_;
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
