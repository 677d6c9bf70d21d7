#include "sitegen/build.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "sitegen/demo_site.h"
#include "sitegen/render/builtin_layouts.h"
#include "tests/sitegen/html_check.h"
#include "tests/sitegen/phase_log.h"
#include "tests/sitegen/test_folder.h"

namespace memprof::sitegen {
namespace {

BuildOptions options_for(const TestFolder& folder) {
  BuildOptions options;
  options.source = folder / "site";
  options.output = folder / "out";
  return options;
}

size_t build(const TestFolder& folder) {
  return build_site(options_for(folder)).pages;
}

/// The file that the link `href` in the file `from` leads to; both below the output folder.
std::string resolve(const std::string& from, const std::string& href) {
  std::string decoded;
  for (size_t i = 0; i < href.size(); ++i) {
    if (href[i] == '%') {
      decoded += static_cast<char>(std::stoi(href.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      decoded += href[i];
    }
  }
  return (std::filesystem::path(from).parent_path() / decoded).lexically_normal();
}

/// Every file is HTML without parse errors, and every link within the site leads to a file of it.
void check_output(const TestFolder& folder) {
  const auto tree = read_tree(folder / "out");
  for (const auto& [name, html] : tree) {
    if (!name.ends_with(".html")) continue;
    CAPTURE(name);
    const HtmlCheck check = check_html(html);
    CHECK(check.errors == 0);
    CHECK_FALSE(check.has_script);
    for (const std::string& link : check.links) {
      CAPTURE(link);
      if (!link.starts_with("http") && !link.starts_with("#")) {
        // 404.html is served for any address, so its links start at the top.
        CHECK(tree.contains(link.starts_with('/') && name == "404.html"
                                ? resolve("", link.substr(1))
                                : resolve(name, link)));
      }
    }
  }
}

TEST_CASE("a page is built into its layout") {
  TestFolder folder;
  folder.file("site/content/a/b.md", "---\ntitle: T\nkey: v\n---\n*hi*\n")
      .file("site/layouts/page.mustache",
            "{{title}}|{{{content}}}|{{root}}|{{url}}|{{params.key}}");
  CHECK(build(folder) == 1);
  CHECK(folder.read("out/a/b.html") == "T|<p><em>hi</em></p>\n|../|a/b.html|v");
}

TEST_CASE("a demo site builds into valid HTML whose links all lead somewhere") {
  const DemoKind kind = GENERATE(DemoKind::kBlog, DemoKind::kDocs);
  TestFolder folder;
  write_demo_site(folder / "site", {.pages = 40, .seed = 1, .kind = kind});
  CHECK(build(folder) == 40);
  check_output(folder);
}

TEST_CASE("a demo site of the seed's shape lists each page once on its home page") {
  TestFolder folder;
  write_demo_site(folder / "site", {.pages = 60, .seed = 1, .kind = DemoKind::kSeed});
  CHECK(build(folder) == 60);
  check_output(folder);
  // 60 pages, home, 6 sections, 10 + 20 tags and their list.
  size_t files = 0;
  for (const auto& [name, html] : read_tree(folder / "out")) files += html == "(folder)" ? 0u : 1u;
  // And search.json, 404.html, the theme's style sheet, two feeds, sitemap.xml and robots.txt.
  CHECK(files == 60 + 6 + 6 + 30 + 1 + 7);
  for (size_t i = 0; i < 60; ++i) {
    const std::string link =
        "section-" + std::to_string(i / 10) + "/page-" + std::to_string(i) + ".html";
    size_t found = 0;
    for (size_t number = 1; number <= 6; ++number) {
      const std::string name =
          number == 1 ? "index.html" : "page/" + std::to_string(number) + ".html";
      const HtmlCheck list = check_html(folder.read("out/" + name));
      found += static_cast<size_t>(
          std::count(list.links.begin(), list.links.end(), (number == 1 ? "./" : "../") + link));
    }
    CHECK(found == 1);
  }
}

TEST_CASE("names and titles that mean something in HTML and in addresses are escaped") {
  const std::string title = "</title><script>alert(\"1\")</script> & 'x' {{root}}";
  TestFolder folder;
  folder.file("site/content/index.md", "---\ntitle: \"<b>&\"\n---\n")
      .file("site/content/se<c>&#/a b\"c?#%20&lt;.md",
            "---\ntitle: |-\n  " + title + "\ntags: ['<i>&#1', C#]\n---\n<script>x</script>\n")
      .file("site/content/http:x.md", "");
  build(folder);
  check_output(folder);
  const HtmlCheck page = check_html(folder.read("out/se<c>&#/a b\"c?#%20&lt;.html"));
  CHECK(page.heading == title);
  CHECK(check_html(folder.read("out/tags/i-#1.html")).heading == "<i>&#1");
  CHECK(check_html(folder.read("out/index.html")).heading == "<b>&");
}

TEST_CASE("an empty site and one without content have a home page") {
  TestFolder folder;
  std::filesystem::create_directories(folder / "site/content");
  CHECK(build(folder) == 0);
  CHECK(folder.has("out/index.html"));
  CHECK_FALSE(folder.has("out/tags"));
  check_output(folder);
  TestFolder bare;
  std::filesystem::create_directories(bare / "site");
  CHECK(build(bare) == 0);
  CHECK(bare.has("out/index.html"));
}

TEST_CASE("an index page opens the list of its folder") {
  TestFolder folder;
  folder.file("site/content/a/index.md", "---\ntitle: All of A\n---\nWelcome.\n")
      .file("site/content/a/x.md", "");
  CHECK(build(folder) == 2);
  const std::string html = folder.read("out/a/index.html");
  CHECK(check_html(html).heading == "All of A");
  CHECK_THAT(html, Catch::Contains("<p>Welcome.</p>") && Catch::Contains("a/x.html"));
}

TEST_CASE("an item of a list has its own date or none") {
  TestFolder folder;
  folder.file("site/content/index.md", "---\ndate: 2020-01-01\n---\n")
      .file("site/content/a.md", "")
      .file("site/content/b.md", "---\ndate: 2021-01-01\n---\n")
      .file("site/layouts/list.mustache", "{{date}}:{{#entries}} {{title}} {{date}};{{/entries}}");
  build(folder);
  CHECK(folder.read("out/index.html") == "2020-01-01: b 2021-01-01; a ;");
}

TEST_CASE("drafts are built on request only") {
  TestFolder folder;
  folder.file("site/content/a.md", "---\ndraft: true\n---\n");
  CHECK(build(folder) == 0);
  CHECK_FALSE(folder.has("out/a.html"));
  BuildOptions options = options_for(folder);
  options.drafts = true;
  CHECK(build_site(options).pages == 1);
  CHECK(folder.has("out/a.html"));
}

TEST_CASE("the output does not depend on the order or the place the files were made in") {
  const std::vector<std::pair<std::string, std::string>> files = {
      {"content/b.md", "---\ntitle: same\ntags: [x, y]\n---\n"},
      {"content/a.md", "---\ntitle: same\ntags: [Y, z]\n---\n"},
      {"content/s/c.md", "---\ntitle: same\ntags: x\n---\n"},
      {"content/r/d.md", "---\ntitle: same\n---\n"},
      {"layouts/partials/foot.mustache", "foot"}};
  TestFolder forward;
  TestFolder backward;
  for (auto file = files.begin(); file != files.end(); ++file) {
    forward.file("site/" + file->first, file->second);
  }
  for (auto file = files.rbegin(); file != files.rend(); ++file) {
    backward.file("site/" + file->first, file->second);
  }
  build(forward);
  build(backward);
  CHECK(read_tree(forward / "out") == read_tree(backward / "out"));
  const auto first = read_tree(forward / "out");
  build(forward);
  CHECK(read_tree(forward / "out") == first);
}

TEST_CASE("the built-in layouts as files of a site change nothing") {
  TestFolder folder;
  folder.file("site/content/a.md", "---\ntags: x\n---\nhi\n");
  build(folder);
  const auto built_in = read_tree(folder / "out");
  for (const BuiltinLayout& layout : builtin_layouts()) {
    folder.file("site/layouts/" + std::string(layout.name) + ".mustache", layout.text);
  }
  build(folder);
  CHECK(read_tree(folder / "out") == built_in);
}

TEST_CASE("an unknown layout is an error at its name") {
  TestFolder folder;
  folder.file("site/content/a.md", "---\ntitle: x\nlayout: nope\n---\n");
  CHECK_THAT(error_of([&] { build(folder); }), Catch::Contains("a.md:3:9: unknown layout `nope`"));
  folder.file("site/layouts/nope.mustache", "now it is");
  build(folder);
  CHECK(folder.read("out/a.html") == "now it is");
}

TEST_CASE("a source folder that is missing or a file is an error") {
  TestFolder folder;
  CHECK_THAT(error_of([&] { build(folder); }),
             Catch::Contains("site: cannot build: no such folder"));
  folder.file("site", "");
  CHECK_THAT(error_of([&] { build(folder); }), Catch::Contains("no such folder"));
}

TEST_CASE("a build that fails writes nothing") {
  TestFolder folder;
  folder.file("site/content/a.md", "one").file("site/content/b.md", "two");
  const auto fails = [&] {
    error_of([&] { build(folder); });
    return !folder.has("out");
  };
  folder.file("site/content/b.md", "---\ndate: never\n---\n");
  CHECK(fails());
  folder.file("site/content/b.md", "bad \xFF");
  CHECK(fails());
  folder.file("site/content/b.md", "---\nslug: a\n---\n");
  CHECK(fails());
  folder.file("site/content/b.md", "").file("site/layouts/page.mustache", "{{> page}}");
  CHECK(fails());
  folder.file("site/layouts/page.mustache", "fine");
  build(folder);
  const auto good = read_tree(folder / "out");
  folder.file("site/content/a.md", "changed").file("site/content/b.md", "---\n[\n---\n");
  error_of([&] { build(folder); });
  CHECK(read_tree(folder / "out") == good);
}

TEST_CASE("memprof sees the phases of a build nested and closed") {
  TestFolder folder;
  folder.file("site/content/a.md", "");
  take_phase_log();
  build(folder);
  std::vector<std::string> expected = {"+build"};
  for (const char* name : {"config", "discovery", "parse", "taxonomies", "assets", "render",
                           "feeds", "links", "write"}) {
    expected.push_back(std::string("+") + name);
    expected.push_back(std::string("-") + name);
  }
  expected.push_back("-build");
  CHECK(take_phase_log() == expected);
  folder.file("site/content/a.md", "\xFF");
  error_of([&] { build(folder); });
  CHECK(take_phase_log() == std::vector<std::string>{"+build", "+config", "-config", "+discovery",
                                                     "-discovery", "+parse", "-parse", "-build"});
}

TEST_CASE("repeated builds are a phase each and give what one build gives") {
  TestFolder folder;
  folder.file("site/content/a.md", "---\ntags: x\n---\nhi\n");
  take_phase_log();
  CHECK(build(folder) == 1);
  const auto once = read_tree(folder / "out");
  const std::vector<std::string> phases = take_phase_log();
  std::filesystem::remove_all(folder / "out");
  BuildOptions options = options_for(folder);
  options.repeat = 3;
  CHECK(build_site(options).pages == 1);
  CHECK(read_tree(folder / "out") == once);
  std::vector<std::string> three_times;
  for (int i = 0; i < 3; ++i) three_times.insert(three_times.end(), phases.begin(), phases.end());
  CHECK(take_phase_log() == three_times);
}

}  // namespace
}  // namespace memprof::sitegen
