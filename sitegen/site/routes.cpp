#include "sitegen/site/routes.h"

#include <fmt/format.h>

#include "sitegen/base/error.h"
#include "sitegen/base/slug.h"
#include "sitegen/base/text.h"

namespace memprof::sitegen {

void Routes::add(const std::string& output, const std::string& origin) {
  if (const std::string why = why_not_a_path(output); !why.empty()) {
    throw Error(
        fmt::format("{}: cannot be written to `{}`: bad name: {}", origin, printable(output), why));
  }
  const auto [other, is_new] = origins_.try_emplace(output, origin);
  if (!is_new) {
    throw Error(fmt::format("{}: {} would be written to the same file", origin, other->second));
  }
}

void Routes::check_folders() const {
  for (const auto& [output, origin] : origins_) {
    for (size_t slash = output.find('/'); slash != std::string::npos;
         slash = output.find('/', slash + 1)) {
      const auto file = origins_.find(output.substr(0, slash));
      if (file == origins_.end()) continue;
      throw Error(fmt::format("{}: needs the folder `{}`, which {} would write as a file", origin,
                              file->first, file->second));
    }
  }
}

void check_routes(const Site& site) {
  Routes routes;
  for (const Page& page : site.pages) {
    // The page of an index.md is its section's.
    if (!page.is_index()) routes.add(page.output, printable(page.source.path.native()));
  }
  for (const auto& [path, section] : site.sections) {
    routes.add(section.output, section.index
                                   ? printable(section.index->source.path.native())
                                   : fmt::format("the list of pages in `content/{}`", path));
  }
  for (const auto& [slug, tag] : site.tags) {
    routes.add(tag.output, fmt::format("the tag `{}`", tag.name));
  }
  if (!site.tags.empty()) routes.add(kTagsOutput, "the list of all tags");
  routes.check_folders();
}

}  // namespace memprof::sitegen
