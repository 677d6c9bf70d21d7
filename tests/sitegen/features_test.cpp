#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "sitegen/build.h"
#include "sitegen/output/sitemap.h"
#include "sitegen/site/static_files.h"
#include "tests/sitegen/test_folder.h"

namespace memprof::sitegen {
namespace {

BuildResult build(const TestFolder& folder, size_t jobs = 1) {
  BuildOptions options;
  options.source = folder / "site";
  options.output = folder / "out";
  options.jobs = jobs;
  return build_site(options);
}

std::string error_of_build(const TestFolder& folder, size_t jobs = 1) {
  std::string message = error_of([&] { build(folder, jobs); });
  const std::string prefix = (folder / "site/").string();
  for (size_t at = message.find(prefix); at != std::string::npos; at = message.find(prefix)) {
    message.erase(at, prefix.size());
  }
  return message;
}

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

/// Whether a parser that we did not write takes the file for XML.
bool is_xml(const std::filesystem::path& file) {
  const std::string command =
      "python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' '" + file.string() + "'";
  return std::system(command.c_str()) == 0;
}

TEST_CASE("feeds hold the newest dated pages and no more than asked for") {
  TestFolder folder;
  folder
      .file("site/sitegen.toml",
            "title = 'A & B'\nbase_url = 'https://example.com/x'\nfeed_limit = 2\n")
      .file("site/content/old.md", "---\ndate: 2020-01-01\n---\nold\n")
      .file("site/content/new.md", "---\ndate: 2022-01-01\n---\n*new* <b>\n")
      .file("site/content/mid.md", "---\ndate: 2021-01-01\nupdated: 2023-05-06\n---\nmid\n")
      .file("site/content/undated.md", "undated\n");
  build(folder);
  const std::string atom = folder.read("out/atom.xml");
  const std::string rss = folder.read("out/rss.xml");
  for (const char* name : {"out/atom.xml", "out/rss.xml", "out/sitemap.xml"}) {
    CAPTURE(name);
    CHECK(is_xml(folder / name));
  }
  for (const std::string& feed : {atom, rss}) {
    CHECK_THAT(feed, Catch::Contains("<title>A &amp; B</title>"));
    CHECK_THAT(feed, !Catch::Contains("old.html") && !Catch::Contains("undated.html"));
    const size_t newer = feed.find("https://example.com/x/new.html");
    CHECK(newer < feed.find("https://example.com/x/mid.html"));
    CHECK(feed.find("mid.html") != std::string::npos);
  }
  CHECK_THAT(atom,
             Catch::Contains("<updated>2023-05-06T00:00:00Z</updated>") &&
                 Catch::Contains("&lt;p&gt;&lt;em&gt;new&lt;/em&gt; &amp;lt;b&amp;gt;&lt;/p&gt;"));
  CHECK_THAT(rss, Catch::Contains("<pubDate>Sat, 01 Jan 2022 00:00:00 +0000</pubDate>"));
  const std::string map = folder.read("out/sitemap.xml");
  for (const char* name : {"old.html", "undated.html", "index.html"}) {
    CHECK_THAT(map, Catch::Contains(std::string("<loc>https://example.com/x/") + name + "</loc>"));
  }
  CHECK_THAT(map, !Catch::Contains("404.html"));
  CHECK_THAT(folder.read("out/robots.txt"),
             Catch::Contains("Sitemap: https://example.com/x/sitemap.xml"));
  CHECK_THAT(folder.read("out/404.html"), Catch::Contains("href=\"/x/index.html\""));
}

TEST_CASE("a sitemap of more addresses than a file may hold is a list of several") {
  TestFolder folder;
  Config config;
  config.base_url = "https://example.com/";
  std::vector<Page> pages(7);
  for (size_t i = 0; i < pages.size(); ++i) {
    pages[i].source.relative = pages[i].title = std::to_string(i) + ".md";
    pages[i].output = std::to_string(i) + ".html";
  }
  const Site site = make_site(config, std::move(pages));
  std::vector<Output> outputs = site_outputs(site);
  std::erase_if(outputs, [](const Output& output) { return output.kind != Output::Kind::kPage; });
  using Files = std::vector<std::string>;
  CHECK(Sitemap(site, outputs, 7).files() == Files{"sitemap.xml"});
  const Sitemap sitemap(site, outputs, 3);
  REQUIRE(sitemap.files() ==
          Files{"sitemap.xml", "sitemap-1.xml", "sitemap-2.xml", "sitemap-3.xml"});
  std::string all;
  for (size_t i = 0; i < 4; ++i) {
    const std::string text = sitemap.text(i);
    folder.file("map.xml", text);
    CHECK(is_xml(folder / "map.xml"));
    if (i == 0) {
      for (size_t part = 1; part < 4; ++part) {
        CHECK_THAT(text, Catch::Contains("<loc>https://example.com/" + sitemap.files()[part]));
      }
    } else {
      all += text;
      CHECK(count(text, "<url>") == (i == 3 ? 1 : 3));
    }
  }
  for (size_t i = 0; i < 7; ++i) {
    CHECK(count(all, "<loc>https://example.com/" + std::to_string(i) + ".html</loc>") == 1);
  }
}

TEST_CASE("a site without an address has no feeds and no sitemap") {
  TestFolder folder;
  folder.file("site/content/a.md", "---\ndate: 2020-01-01\n---\n");
  build(folder);
  for (const char* name : {"out/atom.xml", "out/rss.xml", "out/sitemap.xml", "out/robots.txt"}) {
    CHECK_FALSE(folder.has(name));
  }
}

TEST_CASE("the search index holds the words of each page") {
  TestFolder folder;
  folder.file("site/content/s/a b.md",
              "---\ntitle: T\ndate: 2020-01-01\ntags: [x]\n---\n# H\n\nsome *words*\n");
  build(folder);
  CHECK(nlohmann::json::parse(folder.read("out/search.json")) == nlohmann::json::parse(R"([
      {"title": "T", "url": "s/a%20b.html", "date": "2020-01-01", "terms": ["x"],
       "headings": ["H"], "text": "H some words"}])"));
}

TEST_CASE("static files and files beside the pages are copied and assets get a fingerprint") {
  TestFolder folder;
  const std::string binary("\0\xFF\x01", 3);
  folder.file("site/static/robots.txt", "mine")
      .file("site/static/deep/x.bin", binary)
      .file("site/content/a.md", "![p](p.png)\n")
      .file("site/content/p.png", binary)
      .file("site/assets/css/own.css", "a{}")
      .file("site/layouts/page.mustache",
            "<a href=\"{{root}}{{#asset}}css/own.css{{/asset}}\">x</a>{{{content}}}");
  build(folder);
  CHECK(folder.read("out/robots.txt") == "mine");
  CHECK(folder.read("out/deep/x.bin") == binary);
  CHECK(folder.read("out/p.png") == binary);
  const std::string before = "assets/" + fingerprinted("css/own.css", "a{}");
  CHECK(folder.read("out/" + before) == "a{}");
  CHECK_THAT(folder.read("out/a.html"), Catch::Contains("./" + before));
  folder.file("site/assets/css/own.css", "b{}");
  build(folder);
  CHECK_THAT(folder.read("out/a.html"), !Catch::Contains(before));
  CHECK(fingerprinted("a.b/c", "").starts_with("a.b/c."));
}

TEST_CASE("links between pages may name their files") {
  TestFolder folder;
  folder.file("site/content/a.md", "[b](s/b.md#there) [i](s/index.md)\n")
      .file("site/content/s/b.md", "---\nslug: c\n---\n# There\n\n[a](../a.md)\n")
      .file("site/content/s/index.md", "x\n");
  build(folder);
  CHECK_THAT(folder.read("out/a.html"), Catch::Contains("href=\"./s/c.html#there\"") &&
                                            Catch::Contains("href=\"./s/index.html\""));
  CHECK_THAT(folder.read("out/s/c.html"), Catch::Contains("href=\"../a.html\""));
}

TEST_CASE("a link that leads nowhere is an error where it stands and nothing is written") {
  TestFolder folder;
  folder.file("site/content/a.md", "---\ntitle: x\n---\none\n[b](b.html) ![i](gone.png)\n")
      .file("site/content/b.md", "\n[a](a.html#nowhere) [n](n.md)\n");
  CHECK(error_of_build(folder) == "content/b.md:2:25: broken link `n.md`: no such page");
  folder.file("site/content/b.md", "\n[a](a.html#nowhere) [up](../../etc) [ok](#top)\n");
  CHECK(error_of_build(folder) ==
        "content/a.md:5:18: broken link `gone.png`: no such page or file\n"
        "content/b.md:2:5: broken link `a.html#nowhere`: no such anchor in a.html\n"
        "content/b.md:2:26: broken link `../../etc`: no such page or file");
  CHECK_FALSE(folder.has("out"));
  CHECK(error_of_build(folder, 4) == error_of_build(folder));
  folder.file("site/sitegen.toml", "check_links = false\n");
  build(folder);
  CHECK(folder.has("out/a.html"));
}

TEST_CASE("a path of a link is followed as a browser does") {
  TestFolder folder;
  folder.file(
      "site/content/a/b/c.md",
      "[1](..) [2](../) [3](.) [4](./c.html) [5](../../a//b/../b/c.html?x=1#top) [6](../../) [7]()"
      " [8](../b) [9](#)\n");
  build(folder);
  for (const char* url : {"../..//../a/b/c.html", "../c.html", "c.html/x", "../../../"}) {
    CAPTURE(url);
    folder.file("site/content/a/b/c.md", std::string("[x](") + url + ")\n");
    CHECK_THAT(error_of_build(folder), Catch::StartsWith("content/a/b/c.md:1:5: broken link"));
  }
}

TEST_CASE("a broken link of a layout is found in the HTML") {
  TestFolder folder;
  folder.file("site/content/a.md", "x\n")
      .file("site/layouts/page.mustache", "\n  <a href=nope>x</a>");
  CHECK(error_of_build(folder) ==
        "output file a.html:2:3: broken link `nope`: no such page or file");
}

TEST_CASE("links with the address of the site are checked and those to elsewhere are not") {
  TestFolder folder;
  folder.file("site/sitegen.toml", "base_url = 'https://e.org/x/'\n")
      .file("site/content/s/a.md",
            "[1](https://e.org/x/s/a.html) [2](https://e.org/y) [3](/y) [4](/x/s/) [5](/x/s)"
            " [6](mailto:a@b.c) [7](//h/x) [8](https://e.org/x/)\n");
  build(folder);
  folder.file("site/content/s/a.md", "[1](https://e.org/x/gone.html)\n");
  CHECK_THAT(error_of_build(folder), Catch::Contains("broken link `https://e.org/x/gone.html`"));
  folder.file("site/content/s/a.md", "[1](/x/gone.html)\n");
  CHECK_THAT(error_of_build(folder), Catch::Contains("broken link `/x/gone.html`"));
}

TEST_CASE("any number of threads gives the same site or the same error") {
  TestFolder folder;
  for (int i = 0; i < 120; ++i) {
    const std::string name = std::to_string(i);
    folder.file("site/content/s" + std::to_string(i % 7) + "/p" + name + ".md",
                "---\ntags: [t" + std::to_string(i % 9) + "]\n---\n# H ~~" + name +
                    "~~\n\nwww.example.com/" + name + "\n");
  }
  build(folder, 1);
  const auto one = read_tree(folder / "out");
  for (const size_t jobs : {2, 5}) {
    std::filesystem::remove_all(folder / "out");
    build(folder, jobs);
    CHECK(read_tree(folder / "out") == one);
  }
  folder.file("site/content/s1/p50.md", "---\ndate: x\n---\n")
      .file("site/content/s3/p3.md", "\xFF");
  CHECK(error_of_build(folder, 5) == error_of_build(folder, 1));
}

TEST_CASE("an alias leads to its page") {
  TestFolder folder;
  folder.file("site/content/s/a.md", "---\naliases: [/was/here/]\n---\n");
  build(folder);
  CHECK_THAT(folder.read("out/was/here/index.html"),
             Catch::Contains("content=\"0; url=../../s/a.html\""));
}

TEST_CASE("shortcodes come from layouts and an unknown one is an error where it stands") {
  TestFolder folder;
  folder
      .file("site/content/a.md", "{{< note title=\"Oh\" >}}\n*x*\n{{< /note >}}\n\n{{< own 5 >}}\n")
      .file("site/layouts/shortcodes/own.mustache", "<b>{{0}}</b>\n");
  build(folder);
  CHECK_THAT(folder.read("out/a.html"), Catch::Contains("<strong>Oh</strong>") &&
                                            Catch::Contains("<p><em>x</em></p>") &&
                                            Catch::Contains("<b>5</b>"));
  folder.file("site/content/a.md", "---\ntitle: t\n---\nx {{< nope >}}\n");
  CHECK_THAT(error_of_build(folder),
             Catch::StartsWith("content/a.md:4:3: unknown shortcode `nope`"));
}

TEST_CASE("layouts see settings and data and taxonomies of any name") {
  TestFolder folder;
  folder
      .file("site/sitegen.toml", "title = 'T'\ntaxonomies = ['series']\n[params]\nx = ['1', '2']\n")
      .file("site/data/team.yaml", "lead: {name: Ada}\n")
      .file("site/content/a.md", "---\nseries: [Big One]\ntags: [kept]\n---\n")
      .file(
          "site/layouts/page.mustache",
          "{{site.title}} {{#site.params.x}}({{.}}){{/site.params.x}} {{site.data.team.lead.name}} "
          "{{#series}}{{title}}={{url}}{{/series}} {{#params.tags}}{{.}}{{/params.tags}}");
  build(folder);
  CHECK(folder.read("out/a.html") == "T (1)(2) Ada Big One=series/big-one.html kept");
  CHECK(folder.has("out/series/index.html"));
  CHECK_FALSE(folder.has("out/tags"));
}

TEST_CASE("checking writes nothing") {
  TestFolder folder;
  folder.file("site/content/a.md", "x\n");
  BuildOptions options;
  options.source = folder / "site";
  options.output = folder / "out";
  options.check_only = true;
  CHECK(build_site(options).pages == 1);
  CHECK_FALSE(folder.has("out"));
}

}  // namespace
}  // namespace memprof::sitegen
