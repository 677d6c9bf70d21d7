#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sitegen/base/output_folder.h"
#include "sitegen/content/page.h"

namespace memprof::sitegen {

/// What a search in the browser needs to know of `page`, as a JSON object: title, url (from the top
/// of the site), date (or null), terms, headings and text. REQUIRES: the page has its content.
std::string search_entry(const Page& page);

/// The array of such entries, in pieces: a site's whole text is not held twice.
class SearchIndex {
 public:
  /// Gives where it begins in the file. `entry` must outlive this.
  size_t add(std::string_view entry);

  /// The same of one that the file in place has, as it was added to that.
  size_t add_in_place(size_t offset, size_t size);

  /// Of the file. Call it once.
  std::vector<OutputFolder::Piece> take();

 private:
  void separate();

  std::vector<OutputFolder::Piece> pieces_ = {{.bytes = "["}};
  size_t size_ = 1;
  bool is_empty_ = true;
};

}  // namespace memprof::sitegen
