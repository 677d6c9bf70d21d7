#pragma once

#include <string>
#include <vector>

#include "sitegen/content/page.h"

namespace memprof::sitegen {

/// What a search in the browser needs to know of `page`, as a JSON object: title, url (from the top
/// of the site), date (or null), terms, headings and text. REQUIRES: the page has its content.
std::string search_entry(const Page& page);

/// The array of the entries.
std::string search_index(std::vector<std::string> entries);

}  // namespace memprof::sitegen
