#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "analyzer/report/json_values.h"

namespace memprof::report {

/// The page's table of strings: each text once, printable, cut in the middle where it is longer
/// than `columns_max`. 0 is "".
class PageStrings {
 public:
  explicit PageStrings(size_t columns_max) : columns_max_(columns_max) { id(""); }

  /// Of raw bytes.
  uint32_t id(const std::string& text);

  /// All texts, by id.
  Json json() const { return texts_; }

 private:
  const size_t columns_max_;
  std::map<std::string, uint32_t> ids_;
  Json texts_ = Json::array();
};

}  // namespace memprof::report
