#include "sitegen/base/output_folder.h"

#include <catch2/catch.hpp>

#include "tests/sitegen/test_folder.h"

namespace memprof::sitegen {
namespace {

using Tree = std::map<std::string, std::string>;

TEST_CASE("files are written with their folders and replace older ones") {
  TestFolder folder;
  OutputFolder out(folder / "x/out");
  out.write("a/b/c.html", "old");
  out.write("a/b/c.html", "new");
  out.write("d.html", "");
  CHECK(read_tree(folder / "x/out") ==
        Tree{{"a", "(folder)"}, {"a/b", "(folder)"}, {"a/b/c.html", "new"}, {"d.html", ""}});
}

TEST_CASE("nothing is written outside of the folder") {
  TestFolder folder;
  folder.file("outside/keep", "kept").link("out/way", "../outside").file("out/file", "");
  const Tree before = read_tree(folder / "");
  OutputFolder out(folder / "out");
  const std::string absolute = folder / "abs";
  for (const std::string path : {"../x", "a/../../x", "a/..", "./x", "", absolute.c_str(), ".x"}) {
    CAPTURE(path);
    CHECK_THAT(error_of([&] { out.write(path, "evil"); }), Catch::Contains("bad name"));
  }
  CHECK_THAT(error_of([&] { out.write("way/keep", "evil"); }), Catch::Contains("symbolic link"));
  CHECK_THAT(error_of([&] { out.write("file/x", "evil"); }), Catch::Contains("a file stands"));
  CHECK(read_tree(folder / "") == before);
}

TEST_CASE("a link in the place of a file is replaced and what it leads to is kept") {
  TestFolder folder;
  folder.file("outside", "kept").link("out/a.html", "../outside");
  OutputFolder(folder / "out").write("a.html", "new");
  CHECK(folder.read("outside") == "kept");
  CHECK_FALSE(std::filesystem::is_symlink(folder / "out/a.html"));
  CHECK(folder.read("out/a.html") == "new");
}

TEST_CASE("a file that cannot be put in place leaves nothing behind") {
  TestFolder folder;
  folder.file("out/a.html/in the way", "kept");
  OutputFolder out(folder / "out");
  CHECK_THAT(error_of([&] { out.write("a.html", "new"); }),
             Catch::Contains("a.html: cannot write"));
  CHECK(read_tree(folder / "out") == Tree{{"a.html", "(folder)"}, {"a.html/in the way", "kept"}});
}

TEST_CASE("an output folder that cannot be made is an error") {
  TestFolder folder;
  folder.file("file", "");
  CHECK_THAT(error_of([&] { OutputFolder out(folder / "file/out"); }),
             Catch::Contains("cannot create the folder"));
  CHECK_THAT(error_of([&] { OutputFolder out(folder / "file"); }),
             Catch::Contains("cannot create the folder"));
}

}  // namespace
}  // namespace memprof::sitegen
