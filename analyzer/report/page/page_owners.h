#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyzer/profile/run.h"
#include "analyzer/report/page/page_strings.h"

namespace memprof::report {

/// Whose rows a page tells apart: the processes with the highest peaks each by itself, others by
/// executable, and what is left together.
class PageOwners {
 public:
  PageOwners(const profile::Run& run, const std::vector<size_t>& processes, size_t limit);

  /// Of the process with this place in `processes`.
  uint32_t of(size_t place) const { return of_[place]; }

  /// Names by owner.
  Json json(PageStrings& strings) const;

 private:
  std::vector<std::string> names_;
  std::vector<uint32_t> of_;
};

/// Processes in the order of the tree, as columns (docs/page.md): at most `limit`, those with the
/// highest peaks and whatever started them; the others are counted and summed.
Json processes_json(const profile::Run& run, const std::vector<size_t>& processes,
                    const PageOwners& owners, size_t limit, PageStrings& strings);

}  // namespace memprof::report
