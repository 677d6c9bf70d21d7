#include "sitegen/base/slug.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sitegen/base/text.h"

namespace memprof::sitegen {
namespace {

// Not <cctype>: the result must not depend on the locale.
constexpr bool is_ascii_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_kept_in_slug(char c) {
  return is_ascii_alphanumeric(c) || c == '_' || c == '+' || c == '#' ||
         static_cast<unsigned char>(c) >= 0x80;
}

constexpr std::array<bool, 256> kKeptInUrl = [] {
  std::array<bool, 256> kept{};
  for (size_t byte = 0; byte < kept.size(); ++byte) {
    const char c = static_cast<char>(byte);
    kept[byte] =
        is_ascii_alphanumeric(c) || std::string_view("-._~/").find(c) != std::string_view::npos;
  }
  return kept;
}();

}  // namespace

std::string slugify(std::string_view text) {
  std::string slug;
  bool gap = false;
  for (const char c : text) {
    if (!is_kept_in_slug(c)) {
      gap = true;
      continue;
    }
    if (gap && !slug.empty()) slug += '-';
    gap = false;
    slug += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return slug;
}

std::string why_not_a_name(std::string_view name) {
  if (name.empty()) return "it is empty";
  if (name.find_first_of("/\\\n\r\t\f") != std::string_view::npos) {
    return "it holds a slash, a backslash or a control character";
  }
  if (name.front() == '.') return "it starts with a dot";
  if (find_bad_text(name) != std::string_view::npos) return "it is no printable UTF-8";
  if (name.size() > kMaxNameBytes) return fmt::format("it is longer than {} bytes", kMaxNameBytes);
  return {};
}

std::string why_not_a_path(std::string_view path) {
  for (size_t start = 0; start <= path.size();) {
    const size_t slash = std::min(path.find('/', start), path.size());
    std::string why = why_not_a_name(path.substr(start, slash - start));
    if (!why.empty()) return why;
    start = slash + 1;
  }
  return {};
}

std::string url_encode(std::string_view path) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string url;
  size_t taken = 0;
  for (size_t i = 0; i < path.size(); ++i) {
    if (kKeptInUrl[static_cast<unsigned char>(path[i])]) continue;
    const auto byte = static_cast<unsigned char>(path[i]);
    url.append(path, taken, i - taken).append({'%', kHex[byte >> 4], kHex[byte & 15]});
    taken = i + 1;
  }
  return url.append(path, taken);
}

std::string url_decode(std::string_view url) {
  if (url.find('%') == url.npos) return std::string(url);
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  };
  std::string text;
  for (size_t i = 0; i < url.size(); ++i) {
    const bool encoded =
        url[i] == '%' && i + 2 < url.size() && digit(url[i + 1]) >= 0 && digit(url[i + 2]) >= 0;
    if (encoded) {
      text += static_cast<char>(digit(url[i + 1]) * 16 + digit(url[i + 2]));
      i += 2;
    } else {
      text += url[i];
    }
  }
  return text;
}

}  // namespace memprof::sitegen
