#include "analyzer/report/page/page_strings.h"

#include "analyzer/report/text_escape.h"

namespace memprof::report {

uint32_t PageStrings::id(const std::string& text) {
  const auto [found, is_new] = ids_.emplace(text, static_cast<uint32_t>(ids_.size()));
  if (is_new) texts_.push_back(ellipsize(printable(text), columns_max_));
  return found->second;
}

}  // namespace memprof::report
