#include "sitegen/base/slug.h"

#include <catch2/catch.hpp>

namespace memprof::sitegen {
namespace {

TEST_CASE("a slug keeps letters and digits and joins the rest by single dashes") {
  CHECK(slugify("Static Sites!") == "static-sites");
  CHECK(slugify("  C++ & C#  ") == "c++-c#");
  CHECK(slugify("caf\xC3\xA9") == "caf\xC3\xA9");
  CHECK(slugify("../../etc/passwd") == "etc-passwd");
  CHECK(slugify("-- ..") == "");
}

TEST_CASE("a name that could lead elsewhere is refused") {
  for (const char* bad : {"", ".", "..", ".hidden", "a/b", "/", "a\\b", "a\nb", "\xFF", "a\x01"}) {
    CAPTURE(bad);
    CHECK(why_not_a_name(bad) != "");
  }
  CHECK(why_not_a_name(std::string(256, 'x')) != "");
  CHECK(why_not_a_name(std::string(255, 'x')) == "");
  CHECK(why_not_a_name("a b..c") == "");
}

TEST_CASE("a path is refused for any one of its names") {
  for (const char* bad : {"", "/a", "a/", "a//b", "../a", "a/..", "a/../b", "a/./b"}) {
    CAPTURE(bad);
    CHECK(why_not_a_path(bad) != "");
  }
  CHECK(why_not_a_path("a/b/c.html") == "");
}

TEST_CASE("a link escapes every byte that means something in an address") {
  CHECK(url_encode("a/b-c_d.e~f") == "a/b-c_d.e~f");
  CHECK(url_encode("c# 50%?&\"<") == "c%23%2050%25%3F%26%22%3C");
  CHECK(url_encode("\xC3\xA9") == "%C3%A9");
}

}  // namespace
}  // namespace memprof::sitegen
