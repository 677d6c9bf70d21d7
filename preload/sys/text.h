// Building short strings in fixed buffers: no allocation, no locale, no stdio.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace memprof::sys {

/// Appends to a caller's buffer and always leaves it terminated. What does not fit is dropped and
/// remembered: a path or variable that overflowed() must not be used.
class Text {
 public:
  Text(char* buffer, size_t bytes) : begin_(buffer), at_(buffer), end_(buffer + bytes - 1) {
    *at_ = '\0';
  }

  Text& add(const char* text) { return add(text, strlen(text)); }

  Text& add(const char* text, size_t bytes) {
    const size_t room = static_cast<size_t>(end_ - at_);
    if (bytes > room) overflowed_ = true;
    const size_t count = bytes < room ? bytes : room;
    memcpy(at_, text, count);
    at_ += count;
    *at_ = '\0';
    return *this;
  }

  Text& add_number(uint64_t value, unsigned base = 10, unsigned min_digits = 1) {
    char digits[24];
    unsigned count = 0;
    do {
      digits[count++] = "0123456789abcdef"[value % base];
      value /= base;
    } while (value != 0 || count < min_digits);
    while (count > 0) add(&digits[--count], 1);
    return *this;
  }

  const char* c_str() const { return begin_; }
  size_t size() const { return static_cast<size_t>(at_ - begin_); }
  bool overflowed() const { return overflowed_; }

 private:
  char* begin_;
  char* at_;
  char* end_;
  bool overflowed_ = false;
};

/// Reads digits of `base` up to the first other byte; `*rest` is where it stopped. Saturates.
inline uint64_t parse_number(const char* text, unsigned base, const char** rest) {
  uint64_t value = 0;
  for (;; ++text) {
    const char c = *text;
    unsigned digit;
    if (c >= '0' && c <= '9') {
      digit = static_cast<unsigned>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<unsigned>(c - 'a') + 10;
    } else {
      break;
    }
    if (digit >= base) break;
    if (value > (UINT64_MAX - digit) / base) {
      value = UINT64_MAX;
    } else {
      value = value * base + digit;
    }
  }
  *rest = text;
  return value;
}

}  // namespace memprof::sys
