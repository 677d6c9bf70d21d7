#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace memprof::sitegen {

/// Stands for bytes: two that differ by accident have another one each. No protection from forgers.
struct Digest {
  uint64_t high = 0;
  uint64_t low = 0;

  auto operator<=>(const Digest&) const = default;
};

Digest digest_of(std::string_view bytes);

/// Collects values, with where each ends: ("ab", "c") and ("a", "bc") differ.
class Digester {
 public:
  Digester() { bytes_.reserve(1000); }

  void add(std::string_view text) {
    add(text.size());
    bytes_ += text;
  }

  /// Numbers, and structures of numbers without gaps.
  template <typename T>
  requires std::has_unique_object_representations_v<T>
  void add(const T& value) { bytes_.append(reinterpret_cast<const char*>(&value), sizeof value); }

  /// Of all that was added; starts anew.
  Digest take() {
    const Digest digest = digest_of(bytes_);
    bytes_.clear();
    return digest;
  }

 private:
  std::string bytes_;
};

}  // namespace memprof::sitegen
