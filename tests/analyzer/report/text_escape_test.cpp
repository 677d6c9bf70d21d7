#include "analyzer/report/text_escape.h"

#include <catch2/catch.hpp>
#include <random>
#include <string>

using memprof::report::columns_of;
using memprof::report::ellipsize;
using memprof::report::escaped;
using memprof::report::printable;

namespace {

const std::string kReplaced = "\xef\xbf\xbd";

bool has_control(const std::string& text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return true;
    // C1 controls are U+0080 to U+009F: C2 80 to C2 9F.
    if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0)
      return true;
  }
  return false;
}

}  // namespace

TEST_CASE("Ordinary names in any script stay as they are") {
  for (const std::string text : {"", "main", "größe::f(int)", "漢字", "😀", "a b"})
    CHECK(printable(text) == text);
}

TEST_CASE("Terminal escapes lose their control characters") {
  CHECK(printable("\x1b[31mred\x1b[0m") == kReplaced + "[31mred" + kReplaced + "[0m");
  CHECK(printable("a\nb\tc\x7f") == "a" + kReplaced + "b" + kReplaced + "c" + kReplaced);
  CHECK(printable("\xc2\x9b"
                  "31m") == kReplaced + "31m");  // the one-byte CSI
  CHECK(printable(std::string("a\0b", 3)) == "a" + kReplaced + "b");
}

TEST_CASE("Bytes that are no UTF-8 are replaced, what follows them is kept") {
  CHECK(printable("a\xff"
                  "b") == "a" + kReplaced + "b");
  CHECK(printable("\xe6\xbc") == kReplaced + kReplaced);  // cut off
  CHECK(printable("\xc0\xaf") == kReplaced + kReplaced);  // overlong
  CHECK(printable("\xe0\x80\xaf") == kReplaced + kReplaced + kReplaced);
  CHECK(printable("\xed\xa0\x80") == kReplaced + kReplaced + kReplaced);  // surrogate
  CHECK(printable("\xf4\x90\x80\x80") == kReplaced + kReplaced + kReplaced + kReplaced);
  CHECK(printable("\xf4\x8f\xbf\xbf") == "\xf4\x8f\xbf\xbf");
}

TEST_CASE("Random bytes come out without controls, and printing them again changes nothing") {
  constexpr uint32_t kSeed = 7;
  INFO("seed " << kSeed);
  std::mt19937 random(kSeed);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes;
    for (int i = 0; i < 40; ++i) bytes += static_cast<char>(random() & 0xff);
    const std::string text = printable(bytes);
    REQUIRE_FALSE(has_control(text));
    REQUIRE(printable(text) == text);
  }
}

TEST_CASE("A long name gets an ellipsis in its middle and keeps both ends") {
  CHECK(ellipsize("abcdefghij", 10) == "abcdefghij");
  CHECK(ellipsize("abcdefghij", 5) == "ab…ij");
  CHECK(ellipsize("abcdefghij", 6) == "abc…ij");
  CHECK(ellipsize("abcdefghij", 1) == "…");
  CHECK(ellipsize("abcdefghij", 0) == "abcdefghij");
  CHECK(ellipsize("äöüäöüäöü", 5) == "äö…öü");
  for (size_t columns = 1; columns < 12; ++columns)
    CHECK(columns_of(ellipsize("漢字漢字漢字漢字漢字", columns)) <= columns);
}

TEST_CASE("An escaped name is one line of UTF-8 from which its bytes can be told again") {
  CHECK(escaped("plain name", "") == "plain name");
  CHECK(escaped("a;b\n\\\x1b\xff", ";") == "a\\x3bb\\x0a\\x5c\\x1b\\xff");
  CHECK(escaped("\xc2\x85 ä", "") == "\\xc2\\x85 ä");
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    std::string bytes;
    for (int i = 0; i < 40; ++i) bytes += static_cast<char>(random() & 0xff);
    const std::string text = escaped(bytes, ";");
    REQUIRE(printable(text) == text);
    REQUIRE(text.find(';') == std::string::npos);
    std::string again;
    for (size_t i = 0; i < text.size(); ++i) {
      const bool plain = text[i] != '\\';
      again += plain ? text[i] : static_cast<char>(std::stoi(text.substr(i + 2, 2), nullptr, 16));
      i += plain ? 0 : 3;
    }
    REQUIRE(again == bytes);
  }
}
