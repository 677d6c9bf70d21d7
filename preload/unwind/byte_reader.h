// Bounds-checked reading of .eh_frame data. Unwind information comes from whatever was mapped, so
// every read is checked; after the first failure the reader yields zeros and ok() is false.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace memprof::unwind {

class ByteReader {
 public:
  ByteReader(const uint8_t* begin, const uint8_t* end) : at_(begin), end_(end) {}

  const uint8_t* at() const { return at_; }
  const uint8_t* end() const { return end_; }
  bool ok() const { return ok_; }
  bool done() const { return !ok_ || at_ >= end_; }

  template <typename T>
  T read() {
    T value{};
    if (static_cast<size_t>(end_ - at_) < sizeof(T)) {
      fail();
      return value;
    }
    memcpy(&value, at_, sizeof(T));
    at_ += sizeof(T);
    return value;
  }

  uint64_t uleb() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
      const uint8_t byte = read<uint8_t>();
      if (shift < 64) value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    fail();
    return 0;
  }

  int64_t sleb() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
      const uint8_t byte = read<uint8_t>();
      if (shift < 64) value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) {
        if (shift + 7 < 64 && (byte & 0x40) != 0) value |= ~uint64_t{0} << (shift + 7);
        return static_cast<int64_t>(value);
      }
    }
    fail();
    return 0;
  }

  void skip(uint64_t bytes) {
    if (bytes > static_cast<uint64_t>(end_ - at_)) {
      fail();
    } else {
      at_ += bytes;
    }
  }

  /// A pointer in one of the DW_EH_PE encodings; `data_base` is for the data-relative ones.
  uint64_t encoded_pointer(uint8_t encoding, uint64_t data_base);

  void fail() {
    ok_ = false;
    at_ = end_;
  }

 private:
  const uint8_t* at_;
  const uint8_t* end_;
  bool ok_ = true;
};

}  // namespace memprof::unwind
