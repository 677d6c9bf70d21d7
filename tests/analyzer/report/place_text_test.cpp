#include "analyzer/report/place_text.h"

#include <catch2/catch.hpp>
#include <string>

#include "analyzer/report/text_escape.h"

namespace memprof::report {
namespace {

const std::string kFile = "/home/me/site/src/render.cpp";
const std::string kFunction = "site::(anonymous namespace)::Layout<a::b>::render(...)";

TEST_CASE("A place that fits is shown whole") {
  CHECK(place_text(kFile, 130, "render_page", 0) ==
        "/home/me/site/src/render.cpp:130  render_page");
  CHECK(place_text(kFile, 130, "render_page", 45) ==
        "/home/me/site/src/render.cpp:130  render_page");
  CHECK(place_text("", 0, "render_page", 20) == "render_page");
  CHECK(place_text(kFile, 0, "", 0) == kFile);
}

TEST_CASE("Folders go first, then parameters and scopes, and file and line stay") {
  CHECK(place_text(kFile, 130, "render_page", 41) == "…/me/site/src/render.cpp:130  render_page");
  CHECK(place_text(kFile, 130, "render_page", 27) == "render.cpp:130  render_page");
  CHECK(place_text(kFile, 130, kFunction, 65) ==
        "render.cpp:130  site::(anonymous namespace)::Layout<a::b>::render");
  CHECK(place_text(kFile, 130, kFunction, 38) == "render.cpp:130  Layout<a::b>::render");
  CHECK(place_text(kFile, 130, kFunction, 24) == "render.cpp:130  render");
}

TEST_CASE("No place is wider than what it is given, whatever its parts") {
  const std::string long_name(300, 'f');
  for (const std::string& file : {std::string(), kFile, "/" + std::string(200, 'd') + "/x.c"}) {
    for (const std::string& function :
         {std::string("f"), kFunction, long_name, "a::" + long_name}) {
      for (size_t columns = 16; columns < 120; ++columns) {
        INFO(file << " " << function << " " << columns);
        const std::string text = place_text(file, file.empty() ? 0 : 7, function, columns);
        CHECK(columns_of(text) <= columns);
        CHECK_FALSE(text.empty());
      }
    }
  }
}

}  // namespace
}  // namespace memprof::report
