#include "sitegen/site/site.h"

#include <catch2/catch.hpp>

#include "sitegen/site/routes.h"
#include "tests/sitegen/test_folder.h"

namespace memprof::sitegen {
namespace {

/// A page as load_page() makes it from a file content/`relative`.
Page page_from(const std::string& relative, std::string_view text) {
  TestFolder folder;
  folder.file(relative, text);
  return load_page({folder / relative, relative});
}

std::vector<std::string> outputs(const std::vector<const Page*>& pages) {
  std::vector<std::string> result;
  for (const Page* page : pages) result.push_back(page->output);
  return result;
}

Site site_of(const std::vector<std::pair<std::string, std::string>>& files) {
  std::vector<Page> pages;
  for (const auto& [relative, text] : files) pages.push_back(page_from(relative, text));
  return make_site(std::move(pages));
}

TEST_CASE("a page goes where its folder and its name or slug say") {
  CHECK(page_from("a.md", "").output == "a.html");
  CHECK(page_from("guide/set-up.md", "").output == "guide/set-up.html");
  CHECK(page_from("guide/a.md", "---\nslug: b\n---\n").output == "guide/b.html");
  CHECK(page_from("guide/index.md", "---\nslug: b\n---\n").output == "guide/index.html");
}

TEST_CASE("a page without a title is titled by its name and an index by its folder") {
  CHECK(page_from("my-first_page.md", "").title == "my first page");
  CHECK(page_from("a.md", "---\ntitle: '  '\n---\n").title == "a");
  CHECK(page_from("user-guide/index.md", "").title == "user guide");
  CHECK(page_from("index.md", "").title == "Home");
}

TEST_CASE("lists are ordered by weight and then newest date and then title and then path") {
  const Site site = site_of({{"1.md", "---\ntitle: b\ndate: 2024-01-01\n---\n"},
                             {"2.md", "---\ntitle: a\ndate: 2024-01-01\n---\n"},
                             {"3.md", "---\ntitle: z\ndate: 2025-01-01\n---\n"},
                             {"4.md", "---\ntitle: z\nweight: -1\n---\n"},
                             {"5.md", "---\ntitle: a\ndate: 2024-01-01\n---\n"},
                             {"6.md", "---\ntitle: a\n---\n"}});
  CHECK(outputs(site.sections.at("").pages) ==
        std::vector<std::string>{"4.html", "3.html", "2.html", "5.html", "1.html", "6.html"});
}

TEST_CASE("sections nest and the home page lists all pages") {
  const Site site =
      site_of({{"a/b/deep.md", ""}, {"a/index.md", "---\ntitle: A!\n---\n"}, {"top.md", ""}});
  REQUIRE(site.sections.size() == 3);
  CHECK(outputs(site.sections.at("").pages) ==
        std::vector<std::string>{"a/b/deep.html", "top.html"});
  REQUIRE(site.sections.at("").subsections.size() == 1);
  const Section& a = *site.sections.at("").subsections[0];
  CHECK(a.title == "A!");
  CHECK(a.index != nullptr);
  CHECK(a.pages.empty());
  REQUIRE(a.subsections.size() == 1);
  CHECK(a.subsections[0]->output == "a/b/index.html");
  CHECK(a.subsections[0]->title == "b");
  CHECK(outputs(a.subsections[0]->pages) == std::vector<std::string>{"a/b/deep.html"});
}

TEST_CASE("tags with the same slug are one tag and a page is in it once") {
  const Site site = site_of({{"a.md", "---\ntags: [heap use, Heap Use, x]\n---\n"},
                             {"b.md", "---\ntags: Heap-Use\n---\n"}});
  REQUIRE(site.tags.size() == 2);
  const Tag& tag = site.tags.at("heap-use");
  CHECK(tag.name == "Heap Use");
  CHECK(tag.output == "tags/heap-use.html");
  CHECK(outputs(tag.pages) == std::vector<std::string>{"a.html", "b.html"});
}

TEST_CASE("two parts of a site that would write one file are an error") {
  const auto clash = [](const std::vector<std::pair<std::string, std::string>>& files) {
    return error_of([&] { check_routes(site_of(files)); });
  };
  CHECK_THAT(clash({{"a.md", ""}, {"b.md", "---\nslug: a\n---\n"}}),
             Catch::Contains("a.md") && Catch::Contains("b.md") && Catch::Contains("same file"));
  CHECK_THAT(clash({{"a.md", "---\nslug: index\n---\n"}}), Catch::Contains("same file"));
  CHECK_THAT(clash({{"tags/x.md", "---\ntags: X\n---\n"}}), Catch::Contains("the tag `X`"));
  CHECK_THAT(clash({{"a.md", "---\ntags: index\n---\n"}}), Catch::Contains("the list of all tags"));
  CHECK_THAT(clash({{"a.md", ""}, {"a.html/b.md", ""}}), Catch::Contains("needs the folder"));
  CHECK_NOTHROW(check_routes(site_of({{"a.md", ""}, {"a/b.md", ""}, {"a/index.md", ""}})));
}

TEST_CASE(
    "an output name that is too long for a file system is an error before anything is written") {
  CHECK_THAT(error_of([] {
               check_routes(site_of({{std::string(252, 'x') + ".md", ""}}));
             }),
             Catch::Contains("longer than 255 bytes"));
  CHECK_NOTHROW(check_routes(site_of({{std::string(250, 'x') + ".md", ""}})));
  const std::string tag(300, 'x');
  CHECK_THAT(error_of([&] {
               check_routes(site_of({{"a.md", "---\ntags: " + tag + "\n---\n"}}));
             }),
             Catch::Contains("longer than 255 bytes"));
}

TEST_CASE("a route that leads out of the output folder is refused") {
  for (const char* output : {"../a.html", "/a.html", "a/../../b.html", "", "a//b"}) {
    Routes routes;
    CAPTURE(output);
    CHECK_THAT(error_of([&] { routes.add(output, "x"); }), Catch::Contains("bad name"));
  }
}

}  // namespace
}  // namespace memprof::sitegen
