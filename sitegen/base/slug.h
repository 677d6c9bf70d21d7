#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace memprof::sitegen {

/// The longest name of a file or folder that Linux file systems take, in bytes.
inline constexpr size_t kMaxNameBytes = 255;

/// A name for an address: ASCII letters lowered; letters, digits, '_', '+', '#' and everything
/// beyond ASCII kept; each run of other characters one '-'. "Static Sites!" becomes "static-sites",
/// "C++" becomes "c++". Empty when nothing was left to keep.
std::string slugify(std::string_view text);

/// Why `name` cannot be the name of one file in a folder ("..", a '/', too long and so on). Empty
/// when it can.
std::string why_not_a_name(std::string_view name);

/// Why `path`, names with '/' between them, cannot be a file below the output folder: one of its
/// names is no name. Empty when it can. So nothing that passes leads out of that folder.
std::string why_not_a_path(std::string_view path);

/// `path` for use in a link: every byte but letters, digits, "-._~" and '/' as %XX.
std::string url_encode(std::string_view path);

/// `url` with each %XX as its byte.
std::string url_decode(std::string_view url);

}  // namespace memprof::sitegen
