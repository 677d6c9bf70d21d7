#pragma once

#include <string>
#include <vector>

#include "sitegen/site/outputs.h"
#include "sitegen/site/site.h"

namespace memprof::sitegen {

/// The dated pages that go into the feeds: the newest first, as many as the configuration says.
std::vector<const Page*> feed_pages(const Site& site);

/// REQUIRES for all: the site has a base_url; the pages of feed_pages() have their content.
std::string atom_feed(const Site& site);  ///< With each page's whole text.
std::string rss_feed(const Site& site);   ///< RSS 2.0, with summaries.

/// The sitemap of `outputs`, without aliases and 404.html. In more than 50,000 addresses, the limit
/// of the protocol, the first 50,000.
std::string sitemap(const Site& site, const std::vector<Output>& outputs);

std::string robots_txt(const Site& site);

}  // namespace memprof::sitegen
