#include "sitegen/build.h"

#include <cassert>
#include <string>
#include <utility>
#include <vector>

#include "preload/include/memprof.h"
#include "sitegen/base/error.h"
#include "sitegen/base/output_folder.h"
#include "sitegen/base/source_files.h"
#include "sitegen/base/text.h"
#include "sitegen/content/page.h"
#include "sitegen/render/render.h"
#include "sitegen/render/template_set.h"
#include "sitegen/site/routes.h"
#include "sitegen/site/site.h"

namespace memprof::sitegen {
namespace {

namespace fs = std::filesystem;

std::vector<SourceFile> discover(const fs::path& source) {
  const Phase phase("discovery");
  std::error_code error;
  if (!fs::is_directory(source, error)) {
    throw Error(printable(source.native()) + ": cannot build: no such folder");
  }
  return find_files(source / "content", ".md");
}

std::vector<Page> parse(const std::vector<SourceFile>& sources, const BuildOptions& options) {
  const Phase phase("parse");
  std::vector<Page> pages;
  for (const SourceFile& source : sources) {
    Page page = load_page(source);
    if (options.drafts || !page.front_matter.draft) pages.push_back(std::move(page));
  }
  return pages;
}

Site collect(std::vector<Page> pages) {
  const Phase phase("taxonomies");
  Site site = make_site(std::move(pages));
  check_routes(site);
  return site;
}

std::vector<RenderedFile> render(const Site& site, const fs::path& source) {
  const Phase phase("render");
  TemplateSet templates(source / "layouts");
  check_layouts(site, templates);
  return render_site(site, templates);
}

void write(const std::vector<RenderedFile>& files, const fs::path& output) {
  const Phase phase("write");
  OutputFolder folder(output);
  for (const RenderedFile& file : files) folder.write(file.path, file.html);
}

size_t build_once(const fs::path& source, const fs::path& output, const BuildOptions& options) {
  const Phase phase("build");
  const Site site = collect(parse(discover(source), options));
  write(render(site, source), output);
  return site.pages.size();
}

}  // namespace

size_t build_site(const fs::path& source, const fs::path& output, const BuildOptions& options) {
  assert(options.repeat >= 1);
  size_t pages = 0;
  for (size_t build = 0; build < options.repeat; ++build) {
    pages = build_once(source, output, options);
  }
  return pages;
}

}  // namespace memprof::sitegen
