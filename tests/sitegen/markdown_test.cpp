#include "sitegen/content/markdown.h"

#include <catch2/catch.hpp>
#include <thread>
#include <vector>

namespace memprof::sitegen {
namespace {

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

TEST_CASE("text is escaped and neither raw HTML nor script links come through") {
  CHECK(markdown_to_html("1 < 2 & \"x\"\n") == "<p>1 &lt; 2 &amp; &quot;x&quot;</p>\n");
  CHECK_THAT(markdown_to_html("<script>alert(1)</script>\n"), !Catch::Contains("<script"));
  CHECK_THAT(markdown_to_html("a <b onclick=\"x()\">b</b>\n"), !Catch::Contains("onclick"));
  CHECK_THAT(markdown_to_html("[x](javascript:alert(1))\n"), !Catch::Contains("javascript"));
}

TEST_CASE("several threads may convert at once") {
  const std::string text = "| a |\n|---|\n| ~~b~~ |\n";
  const std::string expected = markdown_to_html(text);
  std::vector<int> right(4);
  std::vector<std::thread> threads;
  for (int& count : right) {
    threads.emplace_back([&count, &text, &expected] {
      for (int i = 0; i < 200; ++i) count += markdown_to_html(text) == expected ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(right == std::vector<int>(4, 200));
}

TEST_CASE("deeply nested blocks are converted") {
  CHECK_NOTHROW(markdown_to_html(std::string(20'000, '>') + " x"));
  CHECK_NOTHROW(markdown_to_html(std::string(20'000, '[') + "x" + std::string(20'000, ']')));
}

}  // namespace
}  // namespace memprof::sitegen
