#include "sitegen/content/markdown.h"

#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm-extension_api.h>
#include <cmark-gfm.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

namespace memprof::sitegen {
namespace {

std::string markdown_to_html(std::string_view text, bool raw_html = false) {
  return convert_markdown(text, {.raw_html = raw_html}).html;
}

// Expected output where no test says otherwise: the examples of the GitHub Flavored Markdown spec.

TEST_CASE("tables become tables") {
  CHECK(markdown_to_html("| foo | bar |\n| --- | --- |\n| baz | bim |\n") ==
        "<table>\n<thead>\n<tr>\n<th>foo</th>\n<th>bar</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n"
        "<td>baz</td>\n<td>bim</td>\n</tr>\n</tbody>\n</table>\n");
}

TEST_CASE("cells are aligned by style because the align attribute is no longer HTML") {
  const std::string html = markdown_to_html("| a |\n| --: |\n| b |\n");
  CHECK_THAT(html, Catch::Contains("<td style=\"text-align: right\">b</td>"));
  CHECK_THAT(html, !Catch::Contains("align=\""));
}

TEST_CASE("strikethrough and task lists and autolinks are known") {
  CHECK(markdown_to_html("~~Hi~~ Hello, world!\n") == "<p><del>Hi</del> Hello, world!</p>\n");
  CHECK(markdown_to_html("- [ ] foo\n- [x] bar\n") ==
        "<ul>\n<li><input type=\"checkbox\" disabled=\"\" /> foo</li>\n"
        "<li><input type=\"checkbox\" checked=\"\" disabled=\"\" /> bar</li>\n</ul>\n");
  CHECK(markdown_to_html("Visit www.commonmark.org/help for more.\n") ==
        "<p>Visit <a href=\"http://www.commonmark.org/help\">www.commonmark.org/help</a> for "
        "more.</p>\n");
}

TEST_CASE("footnotes refer to their text and back") {
  const std::string html = markdown_to_html("Text[^1]\n\n[^1]: A note.\n");
  CHECK_THAT(html, Catch::Contains("href=\"#fn-1\"") && Catch::Contains("id=\"fn-1\""));
  CHECK_THAT(html, Catch::Contains("href=\"#fnref-1\"") && Catch::Contains("id=\"fnref-1\""));
  CHECK_THAT(html, Catch::Contains("A note."));
}

TEST_CASE("text and raw HTML are escaped and script links are dropped") {
  CHECK(markdown_to_html("1 < 2 & \"x\"\n") == "<p>1 &lt; 2 &amp; &quot;x&quot;</p>\n");
  CHECK(markdown_to_html("<script>alert(1)</script>\n") ==
        "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n");
  CHECK(markdown_to_html("a <b onclick=\"x()\">b</b>\n") ==
        "<p>a &lt;b onclick=&quot;x()&quot;&gt;b&lt;/b&gt;</p>\n");
  CHECK_THAT(markdown_to_html("[x](javascript:alert(1))\n"), !Catch::Contains("javascript"));
}

TEST_CASE("raw HTML passes where that is asked for") {
  CHECK(markdown_to_html("a <b onclick=\"x()\">b</b>\n", true) ==
        "<p>a <b onclick=\"x()\">b</b></p>\n");
}

TEST_CASE("headings have anchors of their own, also in lists and quotes") {
  const ConvertedText text =
      convert_markdown("# A *b* `c`\n\n## Two\n\n> ## Two\n\n- ### !!\n\n## fn-1\n", {});
  CHECK(text.html ==
        "<h1 id=\"a-b-c\">A <em>b</em> <code>c</code></h1>\n<h2 id=\"two\">Two</h2>\n"
        "<blockquote>\n<h2 id=\"two-1\">Two</h2>\n</blockquote>\n<ul>\n<li>\n"
        "<h3 id=\"section\">!!</h3>\n</li>\n</ul>\n<h2 id=\"section-fn-1\">fn-1</h2>\n");
  REQUIRE(text.headings.size() == 5);
  CHECK(text.headings[0].title == "A b c");
  CHECK(text.headings[3].level == 3);
}

TEST_CASE("very many headings of one title have an anchor each") {
  constexpr size_t kMany = 20'000;
  std::string markdown;
  for (size_t i = 0; i < kMany; ++i) markdown += "# a\n\n";
  const ConvertedText text = convert_markdown(markdown, {});
  REQUIRE(text.headings.size() == kMany);
  CHECK(text.headings[0].id == "a");
  for (size_t i = 1; i < kMany; ++i) REQUIRE(text.headings[i].id == "a-" + std::to_string(i));
}

TEST_CASE("a table of contents nests the third level in the second") {
  const auto contents = [](std::string_view text) {
    return table_of_contents(convert_markdown(text, {}).headings);
  };
  CHECK(contents("## A\n### B\n### C\n## D & E\n#### F\n") ==
        "<ul>\n<li><a href=\"#a\">A</a>\n<ul>\n<li><a href=\"#b\">B</a></li>\n"
        "<li><a href=\"#c\">C</a></li>\n</ul>\n</li>\n"
        "<li><a href=\"#d-e\">D &amp; E</a></li>\n</ul>\n");
  CHECK(contents("### A\n## B\n### C\n") ==
        "<ul>\n<li><a href=\"#a\">A</a></li>\n<li><a href=\"#b\">B</a>\n<ul>\n"
        "<li><a href=\"#c\">C</a></li>\n</ul>\n</li>\n</ul>\n");
  CHECK(contents("# A\n## B\n") == "");
}

TEST_CASE("code blocks name their language") {
  CHECK(markdown_to_html("```cpp\nint x;\n```\n") ==
        "<pre><code class=\"language-cpp\">int x;\n</code></pre>\n");
}

TEST_CASE("plain text leaves out marks and HTML and the summary is the first paragraph") {
  const ConvertedText text = convert_markdown(
      "# T\n\nOne *two*\nthree <b>four</b> [five](x).\n\n| a |\n|---|\n| b |\n\n```\ncode\n```\n",
      {});
  CHECK(text.text == "T One two three four five. a b code");
  CHECK(text.summary == "One two three four five.");
}

TEST_CASE("links to Markdown files are resolved and others left alone") {
  MarkdownOptions options;
  std::vector<std::string> asked;
  options.resolve_link = [&asked](const LinkPlace& link) {
    asked.push_back(std::string(link.url) + ":" + std::to_string(link.line));
    return std::string("there");
  };
  const ConvertedText text = convert_markdown(
      "[a](x.md) [b](http://h/x.md) [c](/x.md) ![d](x.md)\n\n[e](../y.md#z) [f](mailto:a@b.md)\n",
      options);
  CHECK(asked == std::vector<std::string>{"x.md:1", "../y.md#z:3"});
  CHECK_THAT(text.html, Catch::Contains("<a href=\"there\">a</a>") &&
                            Catch::Contains("http://h/x.md") && Catch::Contains("\"/x.md\"") &&
                            Catch::Contains("<a href=\"there\">e</a>"));
}

TEST_CASE("the examples of the CommonMark specification come through as cmark-gfm makes them") {
  std::ifstream file(SITEGEN_COMMONMARK_SPEC);
  const nlohmann::json examples = nlohmann::json::parse(file);
  REQUIRE(examples.size() > 600);
  cmark_gfm_core_extensions_ensure_registered();
  for (const auto& example : examples) {
    const std::string text = example.at("markdown");
    CAPTURE(text);
    constexpr int kOptions =
        CMARK_OPT_UNSAFE | CMARK_OPT_FOOTNOTES | CMARK_OPT_TABLE_PREFER_STYLE_ATTRIBUTES;
    cmark_parser* parser = cmark_parser_new(kOptions);
    for (const char* name : {"table", "strikethrough", "autolink", "tasklist"}) {
      cmark_parser_attach_syntax_extension(parser, cmark_find_syntax_extension(name));
    }
    cmark_parser_feed(parser, text.data(), text.size());
    cmark_node* document = cmark_parser_finish(parser);
    char* html = cmark_render_html(document, kOptions, cmark_parser_get_syntax_extensions(parser));
    CHECK(convert_markdown(text, {.raw_html = true, .heading_ids = false}).html == html);
    std::free(html);
    cmark_node_free(document);
    cmark_parser_free(parser);
  }
}

TEST_CASE("several threads may convert at once") {
  const std::string text = "| a |\n|---|\n| ~~b~~ |\n\nwww.a.org and ~~c~~\n";
  const std::string expected = markdown_to_html(text);
  std::vector<int> right(4);
  std::vector<std::thread> threads;
  for (int& count : right) {
    threads.emplace_back([&count, &text, &expected] {
      for (int i = 0; i < 2'000; ++i) count += markdown_to_html(text) == expected ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(right == std::vector<int>(4, 2'000));
}

TEST_CASE("deeply nested blocks are converted") {
  CHECK_NOTHROW(markdown_to_html(std::string(20'000, '>') + " x"));
  CHECK_NOTHROW(markdown_to_html(std::string(20'000, '[') + "x" + std::string(20'000, ']')));
}

}  // namespace
}  // namespace memprof::sitegen
