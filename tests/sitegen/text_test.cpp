#include "sitegen/base/text.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <random>

#include "tests/sitegen/test_folder.h"

namespace memprof::sitegen {
namespace {

/// Encodes from the definition of UTF-8.
std::string encode(uint32_t c) {
  const auto byte = [](uint32_t value) { return static_cast<char>(value); };
  if (c < 0x80) return {byte(c)};
  if (c < 0x800) return {byte(0xC0 | c >> 6), byte(0x80 | (c & 0x3F))};
  if (c < 0x10000) {
    return {byte(0xE0 | c >> 12), byte(0x80 | (c >> 6 & 0x3F)), byte(0x80 | (c & 0x3F))};
  }
  return {byte(0xF0 | c >> 18), byte(0x80 | (c >> 12 & 0x3F)), byte(0x80 | (c >> 6 & 0x3F)),
          byte(0x80 | (c & 0x3F))};
}

bool is_allowed(uint32_t c) {
  if (c == '\t' || c == '\n' || c == '\f' || c == '\r') return true;
  const bool control = c < 0x20 || (c >= 0x7F && c < 0xA0);
  const bool surrogate = c >= 0xD800 && c < 0xE000;
  return !control && !surrogate && c <= 0x10FFFF;
}

/// Good text is what encoding some allowed characters gives. Decodes loosely, ignoring all rules,
/// and looks whether encoding the result gives the same bytes.
bool is_good_slowly(const std::string& text) {
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    uint32_t c = length == 1 ? lead : lead & (0xFFu >> (length + 1));
    for (size_t k = 1; k < length; ++k) {
      const auto next = i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0u;
      c = c << 6 | (next & 0x3F);
    }
    if (!is_allowed(c) || text.substr(i, length) != encode(c)) return false;
    i += length;
  }
  return true;
}

TEST_CASE("every character that HTML allows is good text and no other is") {
  for (uint32_t c = 0; c < 0x110000; ++c) {
    const bool good = find_bad_text(encode(c)) == std::string::npos;
    if (good != is_allowed(c)) FAIL("character " << c);
  }
}

TEST_CASE("two and three arbitrary bytes are judged as an independent decoder judges them") {
  const std::string edges = "\x01\x41\x7F\x80\x8F\x90\x9F\xA0\xBF\xC0\xC2\xE0\xED\xF0\xF4\xF5\xFF";
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      std::string text = {static_cast<char>(first), static_cast<char>(second)};
      if ((find_bad_text(text) == std::string::npos) != is_good_slowly(text)) FAIL(text);
      text += '\0';
      for (const char third : edges) {
        text[2] = third;
        if ((find_bad_text(text) == std::string::npos) != is_good_slowly(text)) FAIL(text);
      }
    }
  }
}

TEST_CASE("random changes to good text are judged as an independent decoder judges them") {
  const uint32_t seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937 random(seed);
  size_t good = 0;
  for (int round = 0; round < 100'000; ++round) {
    std::string text = "a" + encode(0x10000 + random() % 0x100000) + encode(0x20AC) + "z";
    text[random() % text.size()] = static_cast<char>(random());
    const bool judged_good = find_bad_text(text) == std::string::npos;
    if (judged_good != is_good_slowly(text)) FAIL(text);
    good += judged_good ? 1 : 0;
  }
  // Both kinds must have come up.
  CHECK(good > 0);
  CHECK(good < 100'000);
}

TEST_CASE("bad bytes are reported at their line and character") {
  CHECK(error_of([] { check_text("one\ntw\xC3\xB6 \xFF", "f.md"); }) ==
        "f.md:2:5: invalid UTF-8: byte 0xFF");
  CHECK(error_of([] { check_text("\x1B[31m", "f.md"); }) == "f.md:1:1: control character 0x1B");
  CHECK(error_of([] { check_text("cut\xE2\x82", "f.md"); }) ==
        "f.md:1:4: invalid UTF-8: byte 0xE2");
  CHECK_NOTHROW(check_text("fine \xE2\x82\xAC\r\n\t", "f.md"));
}

TEST_CASE("a message never carries the bytes of a name that are not text") {
  CHECK(printable("a\xFF\nb\x1B") == "a??b?");
  CHECK(printable("gr\xC3\xBC\xC3\x9F") == "gr\xC3\xBC\xC3\x9F");
}

}  // namespace
}  // namespace memprof::sitegen
