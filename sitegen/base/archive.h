#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "sitegen/base/error.h"

namespace memprof::sitegen {

// Values to bytes and back. A type says what it consists of once, for both directions:
//
//   template <typename Archive>
//   void transfer(Archive& archive, Date& date) { archive(date.unix_s, date.offset_minutes); }
//
// Numbers, strings and the containers below need no such function. Bytes are those of this machine:
// they are read again by the program that wrote them.

class ByteWriter {
 public:
  template <typename... Values>
  void operator()(Values&... values) {
    (put(values), ...);
  }

  void append(std::string_view text) { bytes_ += text; }
  const std::string& bytes() const { return bytes_; }
  std::string take() { return std::move(bytes_); }
  void reserve(size_t bytes) { bytes_.reserve(bytes); }

 private:
  template <typename T>
  void put(T& value) {
    if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) {
      bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    } else {
      transfer(*this, value);
    }
  }

  void put(std::string& text) { put_text(text); }
  void put(std::string_view& text) { put_text(text); }

  void put_text(std::string_view text) {
    put_count(text.size());
    bytes_ += text;
  }

  template <typename T>
  void put(std::vector<T>& items) {
    put_count(items.size());
    for (T& item : items) put(item);
  }

  template <typename Key, typename Value>
  void put(std::map<Key, Value>& map) {
    put_count(map.size());
    for (auto& [key, value] : map) {
      put(const_cast<Key&>(key));  // Which only reads it.
      put(value);
    }
  }

  template <typename T, typename U>
  void put(std::pair<T, U>& pair) {
    put(pair.first);
    put(pair.second);
  }

  template <typename T>
  void put(std::optional<T>& value) {
    bool has = value.has_value();
    put(has);
    if (has) put(*value);
  }

  void put_count(size_t count) {
    if (count > UINT32_MAX) throw Error("too large to be stored");
    uint32_t stored = static_cast<uint32_t>(count);
    put(stored);
  }

  std::string bytes_;
};

/// Throws Error where the bytes cannot be what a ByteWriter made of values of these types. Never
/// takes more memory than a few times that of the bytes.
class ByteReader {
 public:
  /// `bytes` must outlive this.
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  template <typename... Values>
  void operator()(Values&... values) {
    (get(values), ...);
  }

  bool at_end() const { return bytes_.empty(); }
  size_t left() const { return bytes_.size(); }

  [[noreturn]] static void fail() { throw Error("damaged"); }

 private:
  template <typename T>
  void get(T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      value = take(1)[0] != 0;
    } else if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) {
      std::memcpy(&value, take(sizeof value).data(), sizeof value);
    } else {
      transfer(*this, value);
    }
  }

  void get(std::string& text) { text = take(count()); }

  /// Points into the bytes read.
  void get(std::string_view& text) { text = take(count()); }

  template <typename T>
  void get(std::vector<T>& items) {
    // None is of no bytes.
    const size_t size = count();
    for (size_t i = 0; i < size; ++i) get(items.emplace_back());
  }

  template <typename Key, typename Value>
  void get(std::map<Key, Value>& map) {
    const size_t size = count();
    for (size_t i = 0; i < size; ++i) {
      Key key;
      get(key);
      get(map[std::move(key)]);
    }
  }

  template <typename T, typename U>
  void get(std::pair<T, U>& pair) {
    get(pair.first);
    get(pair.second);
  }

  template <typename T>
  void get(std::optional<T>& value) {
    bool has = false;
    get(has);
    if (has) get(value.emplace());
  }

  size_t count() {
    uint32_t count = 0;
    get(count);
    if (count > bytes_.size()) fail();
    return count;
  }

  std::string_view take(size_t size) {
    if (size > bytes_.size()) fail();
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }

  std::string_view bytes_;
};

}  // namespace memprof::sitegen
