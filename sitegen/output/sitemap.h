#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "sitegen/base/digest.h"
#include "sitegen/site/outputs.h"
#include "sitegen/site/site.h"

namespace memprof::sitegen {

/// The addresses of a site, for search engines: aliases and 404.html apart. They are in
/// sitemap.xml, or, where they are more than one file may hold, in several that sitemap.xml lists.
class Sitemap {
 public:
  static constexpr size_t kMaxUrls = 50'000;  ///< Of a file, by the protocol.

  /// REQUIRES: `site` has a base_url. Both must outlive this.
  Sitemap(const Site& site, const std::vector<Output>& outputs, size_t max_urls = kMaxUrls);

  /// Paths below the output folder; sitemap.xml comes first.
  const std::vector<std::string>& files() const { return files_; }

  /// Stands for what goes into all of them, but for the site's base_url.
  Digest digest() const;

  /// What goes into the file of that index.
  std::string text(size_t file) const;

 private:
  std::string index() const;
  std::string part(size_t number) const;

  const Site& site_;
  size_t max_urls_;
  std::vector<const Output*> outputs_;
  std::vector<std::string> files_;
};

std::string robots_txt(const Site& site);

}  // namespace memprof::sitegen
