#pragma once

#include <cstddef>
#include <filesystem>

namespace memprof::sitegen {

struct BuildOptions {
  bool drafts = false;  ///< Build pages with `draft: true`, too.
};

/// Builds the site in the folder `source` into the folder `output` and returns how many pages, that
/// is Markdown files, went into it. Throws Error; nothing is written unless all of the site could
/// be read and rendered. The output depends on the source's files alone, to the byte.
size_t build_site(const std::filesystem::path& source, const std::filesystem::path& output,
                  const BuildOptions& options);

}  // namespace memprof::sitegen
