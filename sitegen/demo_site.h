#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace memprof::sitegen {

/// More pages would run out of four-digit years.
inline constexpr size_t kMaxDemoPages = 1'000'000;

struct DemoOptions {
  size_t pages = 100;  ///< At most kMaxDemoPages.
  uint64_t seed = 1;
};

/// Writes a site to try sitegen with into `folder`, which must be missing or empty; throws Error
/// when it is not, or cannot be written. Page i is content/section-(i / 10)/page-i.md, with the
/// tags tag-(i mod 10) and topic-(i mod 20) and about 330 bytes of text. It depends on i and the
/// seed alone, so a site holds all of a smaller one's pages, to the byte, on any machine.
void write_demo_site(const std::filesystem::path& folder, const DemoOptions& options);

}  // namespace memprof::sitegen
