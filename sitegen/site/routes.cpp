#include "sitegen/site/routes.h"

#include <fmt/format.h>

#include "sitegen/base/error.h"
#include "sitegen/base/slug.h"
#include "sitegen/base/text.h"

namespace memprof::sitegen {

void Routes::add(const std::string& output, const std::string& origin) {
  if (const std::string why = why_not_a_path(output); !why.empty()) {
    throw Error(
        fmt::format("{}: cannot be written to `{}`: bad name: {}", origin, printable(output), why));
  }
  const auto [other, is_new] = origins_.try_emplace(output, origin);
  if (!is_new) {
    throw Error(fmt::format("{}: {} would be written to the same file", origin, other->second));
  }
}

void Routes::check_folders() const {
  for (const auto& [output, origin] : origins_) {
    for (size_t slash = output.find('/'); slash != std::string::npos;
         slash = output.find('/', slash + 1)) {
      const auto file = origins_.find(output.substr(0, slash));
      if (file == origins_.end()) continue;
      throw Error(fmt::format("{}: needs the folder `{}`, which {} would write as a file", origin,
                              file->first, file->second));
    }
  }
}

}  // namespace memprof::sitegen
