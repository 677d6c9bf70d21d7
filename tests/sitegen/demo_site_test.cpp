#include "sitegen/demo_site.h"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "sitegen/build.h"
#include "sitegen/content/front_matter.h"
#include "tests/sitegen/test_folder.h"

namespace memprof::sitegen {
namespace {

const std::vector<std::string> kTaxonomies = {"tags"};

TEST_CASE("the same arguments give the same demo site and another seed another") {
  const DemoKind kind = GENERATE(DemoKind::kSeed, DemoKind::kBlog, DemoKind::kDocs);
  TestFolder folder;
  write_demo_site(folder / "a", {.pages = 50, .seed = 7, .kind = kind});
  write_demo_site(folder / "b", {.pages = 50, .seed = 7, .kind = kind});
  write_demo_site(folder / "c", {.pages = 50, .seed = 8, .kind = kind});
  CHECK(read_tree(folder / "a") == read_tree(folder / "b"));
  CHECK(read_tree(folder / "a") != read_tree(folder / "c"));
}

TEST_CASE("a validator finds nothing to say about the pages of a demo site") {
  const DemoKind kind = GENERATE(DemoKind::kSeed, DemoKind::kBlog, DemoKind::kDocs);
  TestFolder folder;
  folder.file("messages", "");
  write_demo_site(folder / "site", {.pages = 25, .seed = 3, .kind = kind});
  BuildOptions options;
  options.source = folder / "site";
  options.output = folder / "out";
  build_site(options);
  // It counts the files it can read, and does not know of aria-current, which is older than it is.
  const std::string command =
      "cd '" + (folder / "").string() +
      "' && find out -name '*.html' -print0 | xargs -0 -n 1 sh -c 'tidy -quiet -errors "
      "--drop-empty-elements no \"$0\" 2>&1; test $? -le 1 || echo \"$0: cannot be read\"' | "
      "grep -v 'proprietary attribute \"aria-current\"' >messages";
  CHECK(WEXITSTATUS(std::system(command.c_str())) == 1);  // Of grep: no line is left.
  CHECK(folder.read("messages") == "");
}

TEST_CASE("a larger demo site holds the pages of a smaller one") {
  const DemoKind kind = GENERATE(DemoKind::kSeed, DemoKind::kBlog, DemoKind::kDocs);
  TestFolder folder;
  write_demo_site(folder / "small", {.pages = 15, .seed = 1, .kind = kind});
  write_demo_site(folder / "large", {.pages = 40, .seed = 1, .kind = kind});
  const auto large = read_tree(folder / "large");
  for (const auto& [name, bytes] : read_tree(folder / "small")) {
    CAPTURE(name);
    REQUIRE(large.contains(name));
    CHECK(large.at(name) == bytes);
  }
}

TEST_CASE("page i of a demo site has its tags and about 330 bytes of text") {
  TestFolder folder;
  write_demo_site(folder / "", {.pages = 200, .seed = 3, .kind = DemoKind::kSeed});
  size_t total_bytes = 0;
  for (size_t i = 0; i < 200; ++i) {
    const std::string name =
        "content/section-" + std::to_string(i / 10) + "/page-" + std::to_string(i) + ".md";
    CAPTURE(name);
    const std::string text = folder.read(name);
    const Document document = parse_document(text, name, kTaxonomies);
    CHECK(document.front_matter.terms.at("tags") ==
          std::vector<std::string>{"tag-" + std::to_string(i % 10),
                                   "topic-" + std::to_string(i % 20)});
    CHECK(document.front_matter.title != "");
    CHECK(document.front_matter.date);
    CHECK(document.body.size() > 280);
    CHECK(document.body.size() < 380);
    total_bytes += document.body.size();
  }
  CHECK(total_bytes / 200 > 320);
  CHECK(total_bytes / 200 < 340);
}

TEST_CASE("a demo site of no pages can be written") {
  TestFolder folder;
  write_demo_site(folder / "site", {.pages = 0, .seed = 1, .kind = DemoKind::kSeed});
  CHECK(folder.has("site/layouts/page.mustache"));
}

TEST_CASE("a folder that holds anything is left alone") {
  TestFolder folder;
  folder.file("site/.hidden", "mine").file("file", "mine");
  CHECK_THAT(error_of([&] { write_demo_site(folder / "site", {}); }), Catch::Contains("not empty"));
  CHECK_THAT(error_of([&] { write_demo_site(folder / "file", {}); }),
             Catch::Contains("not a folder"));
  CHECK(read_tree(folder / "") == std::map<std::string, std::string>{{"file", "mine"},
                                                                     {"site", "(folder)"},
                                                                     {"site/.hidden", "mine"}});
}

}  // namespace
}  // namespace memprof::sitegen
