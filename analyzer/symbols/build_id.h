#pragma once

#include <string>
#include <string_view>

namespace memprof::symbols {

/// Whether a build-id (raw bytes) has a length that one has. Others come from damaged traces and
/// must not become names of files.
inline bool is_usual_build_id(std::string_view build_id) {
  constexpr size_t kMinBytes = 3;
  constexpr size_t kMaxBytes = 64;
  return build_id.size() >= kMinBytes && build_id.size() <= kMaxBytes;
}

inline std::string hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace memprof::symbols
