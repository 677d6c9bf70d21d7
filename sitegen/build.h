#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace memprof::sitegen {

struct BuildOptions {
  std::filesystem::path source;
  std::filesystem::path output;
  std::filesystem::path config;  ///< Empty: sitegen.toml in the source, if there is one.
  bool drafts = false;           ///< Build pages with `draft: true`, too.
  bool check_only = false;       ///< Do everything but write.
  size_t jobs = 1;               ///< How many threads. At least 1.
  bool incremental = false;      ///< Do only what the last such build's state says has changed.
  size_t repeat = 1;  ///< How many times to build, each anew from the source. At least 1.

  /// Told how many of how many pages are rendered; from any thread, several at once.
  std::function<void(size_t done, size_t total)> progress = {};
};

struct BuildResult {
  size_t pages = 0;  ///< Markdown files that went into the site.
  size_t files = 0;  ///< Files of the output.
  size_t kept = 0;   ///< Of these, those that an incremental build did not have to make.
  std::string note;  ///< What was wrong with the state of the last build; empty: nothing.
  std::vector<std::pair<const char*, double>> phases_s;  ///< In order, of the last build.
};

/// Builds a site. Throws Error; nothing is written unless all of the site could be read, rendered
/// and checked. The output depends on the source's files alone, to the byte.
///
/// With `incremental`, the same files are there after it as after one from nothing, with what an
/// earlier incremental build made and this one did not removed; SRC/.sitegen/ keeps the state.
///
/// With `repeat`, nothing is kept from one build to the next, and each is a phase `build` of its
/// own: what memory grows from one to the next is a leak.
BuildResult build_site(const BuildOptions& options);

}  // namespace memprof::sitegen
