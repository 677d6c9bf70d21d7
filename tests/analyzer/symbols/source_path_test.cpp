#include "analyzer/symbols/source_path.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <random>
#include <string>

using memprof::symbols::source_path;

TEST_CASE("relative files are joined to the directory, absolute ones are not") {
  CHECK(source_path("/build", "a.cpp") == "/build/a.cpp");
  CHECK(source_path("/build/", "./sub/../a.cpp") == "/build/a.cpp");
  CHECK(source_path("/build/out", "../../src/a.cpp") == "/src/a.cpp");
  CHECK(source_path("/build", "/src/a.cpp") == "/src/a.cpp");
  CHECK(source_path("", "a.cpp") == "a.cpp");
  CHECK(source_path("", "../a.cpp") == "../a.cpp");
  CHECK(source_path("/", "../../a.cpp") == "/a.cpp");
  CHECK(source_path("/build", "") == "");
  CHECK(source_path("/build", "<built-in>") == "/build/<built-in>");
}

TEST_CASE("paths are normalized as the standard library does it") {
  std::mt19937 random(7);
  const char* parts[] = {"a", "bb", ".", "..", "", "c.h"};
  for (int i = 0; i < 5'000; ++i) {
    std::string path = "/";
    for (size_t n = random() % 8; n-- > 0;) path += std::string(parts[random() % 6]) + "/";
    path += "end";
    INFO(path);
    REQUIRE(source_path("/ignored", path) == std::filesystem::path(path).lexically_normal());
  }
}
