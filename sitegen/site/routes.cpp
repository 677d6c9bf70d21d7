#include "sitegen/site/routes.h"

#include <fmt/format.h>

#include <utility>

#include "sitegen/base/error.h"
#include "sitegen/base/slug.h"
#include "sitegen/base/text.h"

namespace memprof::sitegen {

void Routes::add(std::string_view output, Origin origin) {
  if (const std::string why = why_not_a_path(output); !why.empty()) {
    throw Error(fmt::format("{}: cannot be written to `{}`: bad name: {}", origin(),
                            printable(output), why));
  }
  const auto [entry, is_new] = origins_.try_emplace(output, origin);
  if (!is_new) {
    throw Error(fmt::format("{}: {} would be written to the same file", origin(), entry->second()));
  }
}

void Routes::check_folders() const {
  // Of several errors always the same, whatever the table's order.
  std::pair<std::string_view, std::string_view> first;  // An output, and the file above it.
  for (const auto& [output, origin] : origins_) {
    for (size_t slash = output.find('/'); slash != output.npos;
         slash = output.find('/', slash + 1)) {
      const std::pair found(output, output.substr(0, slash));
      if (!origins_.contains(found.second)) continue;
      if (first.first.empty() || found < first) first = found;
    }
  }
  if (first.first.empty()) return;
  throw Error(fmt::format("{}: needs the folder `{}`, which {} would write as a file",
                          origins_.at(first.first)(), first.second, origins_.at(first.second)()));
}

}  // namespace memprof::sitegen
