#include "sitegen/base/source_files.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "tests/sitegen/test_folder.h"

namespace memprof::sitegen {
namespace {

std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const SourceFile& file : find_files(folder, ".md")) names.push_back(file.relative);
  return names;
}

TEST_CASE("files are found in byte order whatever order they were made in") {
  TestFolder folder;
  folder.file("z.md", "").file("b/2.md", "").file("b.md", "").file("a/x/1.md", "").file("B.md", "");
  CHECK(names_in(folder / "") ==
        std::vector<std::string>{"B.md", "a/x/1.md", "b.md", "b/2.md", "z.md"});
}

TEST_CASE("hidden files and other kinds and a name that is all extension are not looked at") {
  TestFolder folder;
  folder.file(".git/a.md", "")
      .file(".b.md", "")
      .file("c.txt", "")
      .file("d.md~", "")
      .file("e.md", "");
  folder.file(".md", "").link("editor.lock", "nowhere");
  CHECK(names_in(folder / "") == std::vector<std::string>{"e.md"});
}

TEST_CASE("a folder that does not exist holds nothing") {
  TestFolder folder;
  CHECK(names_in(folder / "none").empty());
}

TEST_CASE("links are followed to files and folders") {
  TestFolder folder;
  folder.file("real/a.md", "A")
      .link("content/linked", "../real")
      .link("content/b.md", "../real/a.md");
  CHECK(names_in(folder / "content") == std::vector<std::string>{"b.md", "linked/a.md"});
  CHECK(read_file(folder / "content/b.md") == "A");
}

TEST_CASE("two ways to one folder are no loop") {
  TestFolder folder;
  folder.file("c/real/a.md", "").link("c/one", "real").link("c/two", "real");
  CHECK(names_in(folder / "c") == std::vector<std::string>{"one/a.md", "real/a.md", "two/a.md"});
}

TEST_CASE("a link that leads back to a folder above it is an error") {
  TestFolder folder;
  folder.file("a/page.md", "").link("a/b/loop", "..");
  CHECK_THAT(error_of([&] { names_in(folder / ""); }),
             Catch::Contains("a/b/loop: symbolic link loop"));
}

TEST_CASE("links to themselves or to nothing are errors") {
  TestFolder self;
  self.link("a.md", "a.md");
  CHECK_THAT(error_of([&] { names_in(self / ""); }), Catch::Contains("a.md: cannot read"));
  TestFolder dangling;
  dangling.link("a.md", "nowhere");
  CHECK_THAT(error_of([&] { names_in(dangling / ""); }), Catch::Contains("a.md: cannot read"));
}

TEST_CASE("a pipe with the name of a page is an error and nobody waits for a writer") {
  TestFolder folder;
  REQUIRE(mkfifo((folder / "a.md").c_str(), 0600) == 0);
  CHECK_THAT(error_of([&] { names_in(folder / ""); }), Catch::Contains("a.md: not a regular file"));
}

TEST_CASE("a file name that is not text is an error that can be printed") {
  TestFolder folder;
  folder.file("a\xFF.md", "");
  CHECK_THAT(error_of([&] { names_in(folder / ""); }), Catch::Contains("a?.md: bad file name"));
}

TEST_CASE("a file that fails while it is read is an error") {
  // The memory of a process is a regular file; its first page is not mapped.
  CHECK_THAT(error_of([] { read_file("/proc/self/mem"); }),
             Catch::StartsWith("/proc/self/mem: cannot read: "));
  CHECK_THAT(error_of([] { read_file("/nonexistent/a.md"); }), Catch::Contains("cannot read"));
}

TEST_CASE("a file without an end is an error") {
  CHECK(error_of([] { read_file("/dev/zero"); }) == "/dev/zero: larger than 64 MiB");
}

}  // namespace
}  // namespace memprof::sitegen
