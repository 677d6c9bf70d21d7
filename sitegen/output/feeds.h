#pragma once

#include <string>
#include <vector>

#include "sitegen/site/outputs.h"
#include "sitegen/site/site.h"

namespace memprof::sitegen {

inline constexpr const char* kXmlStart = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";

/// The address of the file `output`, escaped. REQUIRES: the site has a base_url.
std::string permalink(const Site& site, const std::string& output);

/// When the page changed last. REQUIRES: it has a date.
Date updated(const Page& page);

/// The dated pages that go into the feeds: the newest first, as many as the configuration says.
std::vector<const Page*> feed_pages(const Site& site);

/// REQUIRES for all: the site has a base_url; the pages of feed_pages() have their content.
std::string atom_feed(const Site& site);  ///< With each page's whole text.
std::string rss_feed(const Site& site);   ///< RSS 2.0, with summaries.

}  // namespace memprof::sitegen
