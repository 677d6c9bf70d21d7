#include "sitegen/base/output_folder.h"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>

#include "tests/sitegen/test_folder.h"

namespace memprof::sitegen {
namespace {

using Tree = std::map<std::string, std::string>;

void write(const std::filesystem::path& folder, const std::string& relative,
           std::string_view bytes) {
  OutputFolder out(folder);
  out.add(relative, bytes);
  out.commit();
}

TEST_CASE("nothing changes before the end and nothing without it") {
  TestFolder folder;
  folder.file("out/a.html", "old");
  const Tree before = read_tree(folder / "");
  {
    OutputFolder out(folder / "out");
    out.add("a.html", "new");
    out.add("b/c.html", "new");
    CHECK(folder.read("out/a.html") == "old");
    CHECK_FALSE(folder.has("out/b"));
  }
  CHECK(read_tree(folder / "") == before);
  { OutputFolder(folder / "not/there/yet").add("a.html", "new"); }
  CHECK(read_tree(folder / "") == before);
}

TEST_CASE("a file that has its bytes already is left alone") {
  TestFolder folder;
  folder.file("out/same", "x").file("out/longer", "xy").file("out/other", "y");
  const auto old = std::filesystem::file_time_type() + std::chrono::hours(1);
  for (const char* name : {"out/same", "out/longer", "out/other"}) {
    std::filesystem::last_write_time(folder / name, old);
  }
  OutputFolder out(folder / "out");
  for (const char* name : {"same", "longer", "other"}) out.add(name, "x");
  out.commit();
  CHECK(std::filesystem::last_write_time(folder / "out/same") == old);
  for (const char* name : {"out/longer", "out/other"}) {
    CHECK(folder.read(name) == "x");
    CHECK(std::filesystem::last_write_time(folder / name) != old);
  }
}

TEST_CASE("what a process left that was killed is removed and nothing else") {
  TestFolder folder;
  const pid_t child = fork();
  if (child == 0) _exit(0);
  REQUIRE(waitpid(child, nullptr, 0) == child);
  const std::string gone = "out/.sitegen-" + std::to_string(child);
  folder.file(gone + "/0", "half")
      .file("out/.sitegen-1/0", "alive")
      .file("out/.sitegen-x/0", "mine");
  write(folder / "out", "a", "");
  CHECK_FALSE(folder.has(gone));
  CHECK(folder.has("out/.sitegen-1/0"));
  CHECK(folder.has("out/.sitegen-x/0"));
}

TEST_CASE("files are written with their folders and replace older ones") {
  TestFolder folder;
  const std::filesystem::path out = folder / "x/out";
  write(out, "a/b/c.html", "old");
  write(out, "a/b/c.html", "new");
  write(out, "d.html", "");
  CHECK(read_tree(folder / "x/out") ==
        Tree{{"a", "(folder)"}, {"a/b", "(folder)"}, {"a/b/c.html", "new"}, {"d.html", ""}});
}

TEST_CASE("nothing is written outside of the folder") {
  TestFolder folder;
  folder.file("outside/keep", "kept").link("out/way", "../outside").file("out/file", "");
  const Tree before = read_tree(folder / "");
  const std::filesystem::path out = folder / "out";
  const std::string absolute = folder / "abs";
  for (const std::string path : {"../x", "a/../../x", "a/..", "./x", "", absolute.c_str(), ".x"}) {
    CAPTURE(path);
    CHECK_THAT(error_of([&] { write(out, path, "evil"); }), Catch::Contains("bad name"));
  }
  CHECK_THAT(error_of([&] { write(out, "way/keep", "evil"); }), Catch::Contains("symbolic link"));
  CHECK_THAT(error_of([&] { write(out, "file/x", "evil"); }), Catch::Contains("a file stands"));
  CHECK(read_tree(folder / "") == before);
}

TEST_CASE("a link in the place of a file is replaced and what it leads to is kept") {
  TestFolder folder;
  folder.file("outside", "kept").link("out/a.html", "../outside");
  write(folder / "out", "a.html", "new");
  CHECK(folder.read("outside") == "kept");
  CHECK_FALSE(std::filesystem::is_symlink(folder / "out/a.html"));
  CHECK(folder.read("out/a.html") == "new");
}

TEST_CASE("a file that cannot be put in place leaves nothing behind") {
  TestFolder folder;
  folder.file("out/a.html/in the way", "kept");
  const std::filesystem::path out = folder / "out";
  CHECK_THAT(error_of([&] { write(out, "a.html", "new"); }),
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

TEST_CASE("what is removed goes with the folders that it leaves empty, and nothing else") {
  TestFolder folder;
  folder.file("out/a/b/old", "").file("out/a/b/c/old", "").file("out/a/kept", "").file("out/d", "");
  {
    OutputFolder out(folder / "out");
    for (const char* name : {"a/b/old", "a/b/c/old", "a", "not/there", "d"}) out.remove(name);
    CHECK(folder.has("out/a/b/old"));
    // Where a file was there may be a folder now.
    out.add("d/new", "x");
    out.commit();
  }
  CHECK(read_tree(folder / "out") ==
        Tree{{"a", "(folder)"}, {"a/kept", ""}, {"d", "(folder)"}, {"d/new", "x"}});
}

TEST_CASE("nothing is removed outside of the folder") {
  TestFolder folder;
  folder.file("outside/keep", "kept").link("out/way", "../outside");
  const Tree before = read_tree(folder / "");
  {
    OutputFolder out(folder / "out");
    CHECK_THAT(error_of([&] { out.remove("../outside/keep"); }), Catch::Contains("bad name"));
    out.remove("way/keep");
    out.commit();
  }
  CHECK(read_tree(folder / "") == before);
}

TEST_CASE("files come into folders that are there, partly there and new") {
  TestFolder folder;
  folder.file("out/a/b/x", "old").file("out/a/y", "old");
  Tree expected = {{"a", "(folder)"}, {"a/b", "(folder)"}, {"a/b/c", "(folder)"},
                   {"n", "(folder)"}, {"n/n", "(folder)"}, {"n/n/n", "(folder)"},
                   {"a/b/x", "old"},  {"a/y", "new a/y"}};
  {
    OutputFolder out(folder / "out");
    for (const char* name : {"n/n/n/1", "a/b/c/1", "a/b/2", "n/2", "a/y", "n/n/n/2", "n/n/3"}) {
      expected[name] = std::string("new ") + name;
      out.add(name, expected[name]);
    }
    out.commit();
  }
  CHECK(read_tree(folder / "out") == expected);
}

}  // namespace
}  // namespace memprof::sitegen
