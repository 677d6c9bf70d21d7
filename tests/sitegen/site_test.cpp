#include "sitegen/site/site.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "sitegen/base/source_files.h"
#include "sitegen/site/outputs.h"
#include "sitegen/site/routes.h"
#include "tests/sitegen/test_folder.h"

namespace memprof::sitegen {
namespace {

/// A page as parse_page() makes it from a file content/`relative`.
Page page_from(const std::string& relative, std::string_view text) {
  TestFolder folder;
  folder.file(relative, text);
  const SourceFile source{.path = folder / relative, .relative = relative};
  return parse_page(source, read_file(source.path), Config{}.taxonomies);
}

std::vector<std::string> outputs(const std::vector<const Page*>& pages) {
  std::vector<std::string> result;
  for (const Page* page : pages) result.push_back(page->output);
  return result;
}

Site site_of(const std::vector<std::pair<std::string, std::string>>& files) {
  std::vector<Page> pages;
  for (const auto& [relative, text] : files) pages.push_back(page_from(relative, text));
  return make_site(Config{}, std::move(pages));
}

void check_routes(const Site& site) {
  Routes routes;
  const std::vector<Output> outputs = site_outputs(site);
  for (const Output& output : outputs) {
    routes.add(output.path, [&output] { return output.origin(); });
  }
  routes.check_folders();
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
  CHECK(outputs(site.listed) ==
        std::vector<std::string>{"4.html", "3.html", "2.html", "5.html", "1.html", "6.html"});
}

TEST_CASE("sections nest and the home page lists all pages") {
  const Site site =
      site_of({{"a/b/deep.md", ""}, {"a/index.md", "---\ntitle: A!\n---\n"}, {"top.md", ""}});
  REQUIRE(site.sections.size() == 3);
  CHECK(outputs(site.listed) == std::vector<std::string>{"a/b/deep.html", "top.html"});
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
  REQUIRE(site.taxonomies.size() == 1);
  REQUIRE(site.taxonomies[0].terms.size() == 2);
  const Term& tag = site.taxonomies[0].terms.at("heap-use");
  CHECK(tag.name == "Heap Use");
  CHECK(tag.output == "tags/heap-use.html");
  CHECK(outputs(tag.pages) == std::vector<std::string>{"a.html", "b.html"});
}

std::vector<std::string> paths(const Site& site) {
  std::vector<std::string> result;
  for (const Output& output : site_outputs(site)) result.push_back(output.path);
  return result;
}

TEST_CASE("a list goes on where a page of it is full and loses no entry") {
  std::vector<std::pair<std::string, std::string>> files;
  for (int i = 0; i < 25; ++i) {
    files.emplace_back("s/p" + std::to_string(i) + ".md", "---\ntags: x\n---\n");
  }
  const Site site = site_of(files);
  const std::vector<std::string> all = paths(site);
  for (const char* path :
       {"index.html", "page/2.html", "page/3.html", "s/index.html", "s/page/2.html",
        "s/page/3.html", "tags/x.html", "tags/x/page/2.html", "tags/x/page/3.html"}) {
    CAPTURE(path);
    CHECK(std::count(all.begin(), all.end(), path) == 1);
  }
  CHECK(all.size() == 25 + 9 + 2);  // Also the list of tags and 404.html.
  std::vector<const Page*> entries;
  for (const Output& output : site_outputs(site)) {
    if (output.kind != Output::Kind::kTerm) continue;
    CHECK(output.total == 3);
    entries.insert(entries.end(), output.entries.begin(), output.entries.end());
  }
  CHECK(entries == site.listed);
}

TEST_CASE("neighbours follow the list of their section") {
  const Site site = site_of({{"s/a.md", "---\nweight: 2\n---\n"},
                             {"s/b.md", "---\nweight: 1\n---\n"},
                             {"s/c.md", "---\nweight: 3\n---\n"},
                             {"t.md", ""}});
  const Page* a = site.find_page("s/a.md");
  REQUIRE(a != nullptr);
  CHECK(a->previous == site.find_page("s/b.md"));
  CHECK(a->next == site.find_page("s/c.md"));
  CHECK(site.find_page("s/b.md")->previous == nullptr);
  CHECK(site.find_page("s/c.md")->next == nullptr);
  CHECK(site.find_page("t.md")->next == nullptr);
  CHECK(site.find_page("s/d.md") == nullptr);
}

TEST_CASE("an alias is a file of its own and clashes like any other") {
  const std::vector<std::string> all =
      paths(site_of({{"a.md", "---\naliases: [/old/, older]\n---\n"}}));
  CHECK(std::count(all.begin(), all.end(), "old/index.html") == 1);
  CHECK(std::count(all.begin(), all.end(), "older.html") == 1);
  CHECK_THAT(error_of([] {
               check_routes(site_of({{"a.md", "---\naliases: b\n---\n"}, {"b.md", ""}}));
             }),
             Catch::Contains("a.md") && Catch::Contains("b.md"));
}

TEST_CASE("two parts of a site that would write one file are an error") {
  const auto clash = [](const std::vector<std::pair<std::string, std::string>>& files) {
    return error_of([&] { check_routes(site_of(files)); });
  };
  CHECK_THAT(clash({{"a.md", ""}, {"b.md", "---\nslug: a\n---\n"}}),
             Catch::Contains("a.md") && Catch::Contains("b.md") && Catch::Contains("same file"));
  CHECK_THAT(clash({{"a.md", "---\nslug: index\n---\n"}}), Catch::Contains("same file"));
  CHECK_THAT(clash({{"tags/x.md", "---\ntags: X\n---\n"}}), Catch::Contains("the tags `X`"));
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
    CHECK_THAT(error_of([&] { routes.add(output, [] { return "x"; }); }),
               Catch::Contains("bad name"));
  }
}

}  // namespace
}  // namespace memprof::sitegen
