#pragma once

#include <cstddef>
#include <filesystem>

namespace memprof::sitegen {

struct BuildOptions {
  bool drafts = false;  ///< Build pages with `draft: true`, too.
  size_t repeat = 1;    ///< How many times to build, each anew from the source. At least 1.
};

/// Builds the site in the folder `source` into the folder `output` and returns how many pages, that
/// is Markdown files, went into it. Throws Error; nothing is written unless all of the site could
/// be read and rendered. The output depends on the source's files alone, to the byte.
///
/// With `repeat`, nothing is kept from one build to the next, and each is a phase `build` of its
/// own: what memory grows from one to the next is a leak.
size_t build_site(const std::filesystem::path& source, const std::filesystem::path& output,
                  const BuildOptions& options);

}  // namespace memprof::sitegen
