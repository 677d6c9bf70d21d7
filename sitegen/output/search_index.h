#pragma once

#include <string>

#include "sitegen/site/site.h"

namespace memprof::sitegen {

/// What a search in the browser needs: a JSON array with an object for each page that is no index,
/// in the order of the site's lists: title, url (from the top of the site), date (or null), terms,
/// headings and text. REQUIRES: the pages have their content.
std::string search_index(const Site& site);

}  // namespace memprof::sitegen
