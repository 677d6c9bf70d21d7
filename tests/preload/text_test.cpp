#include "preload/sys/text.h"

#include <catch2/catch.hpp>
#include <string>

namespace memprof::sys {
namespace {

TEST_CASE("Text joins strings and numbers", "[text]") {
  char buffer[64];
  Text text(buffer, sizeof buffer);
  text.add("a")
      .add("bcd", 2)
      .add_number(0)
      .add("-")
      .add_number(UINT64_MAX)
      .add("-")
      .add_number(255, 16, 4);
  CHECK(std::string(text.c_str()) == "abc0-18446744073709551615-00ff");
  CHECK(text.size() == std::string(buffer).size());
  CHECK_FALSE(text.overflowed());
}

TEST_CASE("Text that does not fit is cut, terminated and says so", "[text]") {
  char buffer[8] = {'#', '#', '#', '#', '#', '#', '#', '#'};
  Text text(buffer, 5);
  text.add("1234");
  CHECK_FALSE(text.overflowed());
  text.add("5");
  CHECK(text.overflowed());
  CHECK(std::string(buffer) == "1234");
  CHECK(buffer[5] == '#');
}

TEST_CASE("A number ends at the first byte that is no digit of its base", "[text]") {
  const char* rest = nullptr;
  CHECK(parse_number("1234x", 10, &rest) == 1234);
  CHECK(*rest == 'x');
  CHECK(parse_number("ff:7", 16, &rest) == 255);
  CHECK(*rest == ':');
  CHECK(parse_number("", 10, &rest) == 0);
  CHECK(*rest == '\0');
  CHECK(parse_number("-1", 10, &rest) == 0);
  CHECK(*rest == '-');
  CHECK(parse_number("1f", 10, &rest) == 1);
  CHECK(*rest == 'f');
}

TEST_CASE("A number too large for 64 bits is the largest", "[text]") {
  const char* rest = nullptr;
  CHECK(parse_number("18446744073709551615", 10, &rest) == UINT64_MAX);
  CHECK(parse_number("18446744073709551616", 10, &rest) == UINT64_MAX);
  CHECK(parse_number("99999999999999999999999999", 10, &rest) == UINT64_MAX);
  CHECK(parse_number("184467440737095516150", 10, &rest) == UINT64_MAX);
  CHECK(*rest == '\0');
}

}  // namespace
}  // namespace memprof::sys
