#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace memprof::sitegen {

/// More pages would run out of four-digit years.
inline constexpr size_t kMaxDemoPages = 1'000'000;

enum class DemoKind {
  kSeed,  ///< content/section-(i / 10)/page-i.md with about 330 bytes of text.
  kBlog,  ///< content/posts/post-i.md, some 2 KiB, with categories, code, tables and footnotes.
  kDocs,  ///< A tree of sections of at most twelve, with a sidebar and shortcodes.
};

struct DemoOptions {
  size_t pages = 100;  ///< At most kMaxDemoPages.
  uint64_t seed = 1;
  DemoKind kind = DemoKind::kSeed;
};

/// Writes a site to try sitegen with into `folder`, which must be missing or empty; throws Error
/// when it is not, or cannot be written. Pages of the seed and the blog have the tags tag-(i mod
/// 10) and topic-(i mod 20) and are a day apart. A page depends on i, the kind and the seed alone,
/// so a site holds all of a smaller one's pages, to the byte, on any machine.
void write_demo_site(const std::filesystem::path& folder, const DemoOptions& options);

}  // namespace memprof::sitegen
