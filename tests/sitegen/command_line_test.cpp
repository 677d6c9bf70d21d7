#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/sitegen/test_folder.h"

namespace memprof::sitegen {
namespace {

struct Result {
  int status = -1;  ///< Exit status; -1 when a signal ended it.
  std::string out;
  std::string err;
};

/// Runs `sitegen ARGUMENTS` in `folder`, as a shell would, with `before` ahead of it and its
/// standard output to where `redirection` says.
Result run(const TestFolder& folder, const std::string& arguments, const std::string& before = "",
           const std::string& redirection = "") {
  TestFolder streams;
  streams.file("out", "").file("err", "");
  const std::string command = "cd '" + (folder / "").string() + "' && { " + before + "'" +
                              SITEGEN_BINARY + "' " + arguments + " " + redirection + "; } >'" +
                              (streams / "out").string() + "' 2>'" + (streams / "err").string() +
                              "'";
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, streams.read("out"), streams.read("err")};
}

/// `text` with N for each number.
std::string shape_of(const std::string& text) {
  std::string shape;
  for (const char c : text) {
    if (c < '0' || c > '9') {
      shape += c;
    } else if (!shape.ends_with('N')) {
      shape += 'N';
    }
  }
  return shape;
}

TEST_CASE("a demo site is written and built from the command line") {
  TestFolder folder;
  const Result wrote = run(folder, "new site --pages 100 --seed 5");
  CHECK(wrote.status == 0);
  CHECK(wrote.out == "wrote 100 pages -> site\n");
  const Result built = run(folder, "build site -o out");
  CHECK(built.status == 0);
  CHECK(shape_of(built.out).starts_with("built N pages in N.N s -> out\nN files; ms: config N, "));
  CHECK(shape_of(built.out).ends_with(", write N\n"));
  CHECK(wrote.err + built.err == "");
  CHECK(folder.has("out/section-9/page-99.html"));
}

TEST_CASE("two runs give the same bytes") {
  TestFolder folder;
  REQUIRE(run(folder, "new a --pages 30 --seed 9").status == 0);
  REQUIRE(run(folder, "new b --pages 30 --seed 9").status == 0);
  CHECK(read_tree(folder / "a") == read_tree(folder / "b"));
  REQUIRE(run(folder, "build a -o out_a").status == 0);
  REQUIRE(run(folder, "build b -o out_b").status == 0);
  CHECK(read_tree(folder / "out_a") == read_tree(folder / "out_b"));
}

TEST_CASE("another program makes everything anew, whatever the last one left") {
  TestFolder folder;
  std::filesystem::copy_file(SITEGEN_BINARY, folder / "sitegen");
  folder.file("site/content/a.md", "a").file("site/content/b.md", "b").file("result", "");
  const auto kept = [&folder] {
    const std::string command =
        "cd '" + (folder / "").string() + "' && ./sitegen build site --incremental >result";
    REQUIRE(std::system(command.c_str()) == 0);
    const std::string text = folder.read("result");
    const size_t end = text.find(" kept");
    return std::stoul(text.substr(text.rfind(' ', end - 1)));
  };
  CHECK(kept() == 0);
  CHECK(kept() > 0);
  // It runs as before, but is another file, as after an update.
  std::ofstream(folder / "sitegen", std::ios::app | std::ios::binary) << '\n';
  CHECK(kept() == 0);
  CHECK(kept() > 0);
}

TEST_CASE("an error is one line on stderr with its place and status 1") {
  TestFolder folder;
  folder.file("site/content/a.md", "---\ntitle: x\ndate: soon\n---\n");
  const Result result = run(folder, "build site -o out");
  CHECK(result.status == 1);
  CHECK(result.out == "");
  CHECK(result.err ==
        "sitegen: error: site/content/a.md:3:7: bad date `soon`: expected a day, YYYY-MM-DD\n");
  CHECK_FALSE(folder.has("out"));
}

TEST_CASE("wrong usage has status 2 and prints nothing on stdout") {
  TestFolder folder;
  for (const char* arguments :
       {"", "frobnicate", "build site -o out --frob", "build site -j 0", "check site -o out", "new",
        "new s --pages -1", "new s --pages 1e3", "new s --pages 1000001", "new s --pages x",
        "new s --seed -1", "build site extra -o out", "build site -o out --repeat 0",
        "build site -o out --repeat -1", "build site -o out --repeat x"}) {
    CAPTURE(arguments);
    const Result result = run(folder, arguments);
    CHECK(result.status == 2);
    CHECK(result.out == "");
    CHECK(result.err != "");
  }
  CHECK(read_tree(folder / "").empty());
}

TEST_CASE("help and version go to stdout") {
  TestFolder folder;
  const Result help = run(folder, "--help");
  CHECK(help.status == 0);
  CHECK_THAT(help.out, Catch::Contains("content/guide/setup.md becomes OUT/guide/setup.html"));
  CHECK(run(folder, "build --help").status == 0);
  const Result version = run(folder, "--version");
  CHECK(version.status == 0);
  CHECK(shape_of(version.out) == "sitegen N.N.N\n");
}

TEST_CASE("a result that cannot be printed is an error") {
  TestFolder folder;
  REQUIRE(run(folder, "new site --pages 1").status == 0);
  const Result result = run(folder, "build site -o out", "", ">/dev/full");
  CHECK(result.status == 1);
  CHECK(result.err == "sitegen: error: standard output: cannot write\n");
}

TEST_CASE("a write that fails midway keeps the old file and leaves no piece of the new one") {
  TestFolder folder;
  folder.file("site/content/a.md", "small").file("site/content/b.md", "old");
  REQUIRE(run(folder, "build site -o out").status == 0);
  const std::string old_page = folder.read("out/b.html");
  std::string text;
  while (text.size() < 200'000) text += "more words ";
  folder.file("site/content/b.md", text);
  // The shell's unit is 512 or 1,024 bytes: room for the other files, not for this page.
  const Result result = run(folder, "build site -o out", "trap '' XFSZ && ulimit -f 32 && ");
  CHECK(result.status == 1);
  CHECK_THAT(result.err, Catch::Contains("out/b.html: cannot write: File too large"));
  CHECK(folder.read("out/b.html") == old_page);
  for (const auto& [name, bytes] : read_tree(folder / "out")) {
    CAPTURE(name);
    CHECK(name.find(".tmp") == std::string::npos);
  }
}

TEST_CASE("checking a site finds what is wrong and writes nothing") {
  TestFolder folder;
  folder.file("site/content/a.md", "[x](b.html)\n");
  const Result broken = run(folder, "check site");
  CHECK(broken.status == 1);
  CHECK(broken.err ==
        "sitegen: error: site/content/a.md:1:5: broken link `b.html`: no such page or file\n");
  folder.file("site/content/b.md", "");
  const Result fine = run(folder, "check site");
  CHECK(fine.status == 0);
  CHECK(fine.out == "checked 2 pages: configuration and links are fine\n");
  CHECK_FALSE(folder.has("site/public"));
}

TEST_CASE("a site is built beside its source where no other place is named") {
  TestFolder folder;
  folder.file("content/a.md", "").file("other.toml", "title = 'Other'\n");
  CHECK(run(folder, "build --config other.toml").status == 0);
  CHECK_THAT(folder.read("public/a.html"), Catch::Contains("Other"));
}

#ifdef SITEGEN_WITH_MEMPROF
TEST_CASE("a build under memprof shows each phase and leaves a profile") {
  TestFolder folder;
  REQUIRE(run(folder, "new site --pages 20").status == 0);
  const Result result = run(folder, "build site -o out --profile-memory -j 1");
  CAPTURE(result.err);
  REQUIRE(result.status == 0);
  for (const char* phase : {"build", "config", "discovery", "parse", "taxonomies", "assets",
                            "render", "feeds", "links", "write"}) {
    CAPTURE(phase);
    const size_t begin = result.out.find("\n" + std::string(phase) + " ") + 1;
    REQUIRE(begin != 0);
    const std::string line = result.out.substr(begin, result.out.find('\n', begin) - begin);
    CHECK_THAT(shape_of(line), Catch::Contains(" heap Δ ") && Catch::Contains("B (peak ") &&
                                   Catch::Contains("B) | RSS Δ ") && Catch::EndsWith("B"));
  }
  CHECK_THAT(result.out, Catch::Contains("built 20 pages") && Catch::Contains(" 1. ") &&
                             Catch::Contains("profile -> build/memory-profile.json"));
  const auto report = nlohmann::json::parse(folder.read("build/memory-profile.json"));
  CHECK(report.at("schema") == "memprof-report/1");
  CHECK(report.at("processes").at(0).at("phases").at(0).at("name") == "build");
  CHECK(folder.has("out/index.html"));
  CHECK_FALSE(folder.has("build/memory-profile.trace"));
  const Result said_so = run(folder, "build site -o out --profile-memory=true -j 1");
  CHECK(said_so.status == 0);
  CHECK_THAT(said_so.out, Catch::Contains("built 20 pages"));
  folder.file("site/content/bad.md", "\xFF");
  const Result failed = run(folder, "build site -o out --profile-memory");
  CHECK(failed.status == 1);
  CHECK_THAT(failed.err, Catch::Contains("bad.md:1:1") && Catch::Contains("under memprof failed"));
}
#endif

TEST_CASE("profiling memory without memprof is an error that says what is missing") {
  TestFolder folder;
  std::filesystem::copy_file(SITEGEN_BINARY, folder / "sitegen");
  folder.file("content/a.md", "").file("err", "");
  const std::string command = "cd '" + (folder / "").string() +
                              "' && PATH=/nonexistent ./sitegen build --profile-memory 2>err";
  const int status = std::system(command.c_str());
  CHECK(WEXITSTATUS(status) == 1);
  CHECK(folder.read("err") ==
        "sitegen: error: memprof: not installed: --profile-memory needs it beside sitegen or on "
        "the PATH\n");
  CHECK_FALSE(folder.has("public"));
}

TEST_CASE("an output that cannot be written is an error") {
  TestFolder folder;
  folder.file("site/content/a.md", "").file("file", "");
  const Result result = run(folder, "build site -o file/out");
  CHECK(result.status == 1);
  CHECK(result.err == "sitegen: error: file/out: cannot create the folder: Not a directory\n");
}

}  // namespace
}  // namespace memprof::sitegen
