#pragma once

#include <string>
#include <string_view>

#include "sitegen/content/page.h"

namespace memprof::sitegen {

/// What a search in the browser needs to know of `page`, as a JSON object: title, url (from the top
/// of the site), date (or null), terms, headings and text. REQUIRES: the page has its content.
std::string search_entry(const Page& page);

/// The array of such entries.
class SearchIndex {
 public:
  /// `bytes`: how much all entries will be, so that it need not grow.
  explicit SearchIndex(size_t entries, size_t bytes);

  /// Gives where it begins in the file.
  size_t add(std::string_view entry);

  /// Call it once.
  std::string take();

 private:
  std::string text_ = "[";
};

}  // namespace memprof::sitegen
