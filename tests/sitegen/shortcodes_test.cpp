#include "sitegen/content/shortcodes.h"

#include <catch2/catch.hpp>
#include <random>

#include "sitegen/content/page_text.h"
#include "tests/sitegen/test_folder.h"

namespace memprof::sitegen {
namespace {

/// Converts with shortcodes that become what they were given, in brackets.
std::string html_of(std::string_view text) {
  PageTextOptions options;
  options.file = "p.md";
  options.render_shortcode = [](const Shortcode& shortcode, const std::string& inner,
                                const std::function<Position()>&) {
    std::string html = "[" + shortcode.name;
    for (const auto& [key, value] : shortcode.arguments) html.append(" ").append(key + "=" + value);
    return html + (shortcode.has_inner ? ":" + inner : "") + "]";
  };
  options.find_page = [](std::string_view url) {
    return std::string(url == "b.md" ? "b.html" : "");
  };
  options.body_line = 11;
  return convert_page_text(text, options).html;
}

std::string error_in(std::string_view text) {
  return error_of([text] { html_of(text); });
}

TEST_CASE("a shortcode has a name and arguments with and without names") {
  CHECK(html_of("{{< a >}}") == "[a]\n");
  CHECK(html_of("x {{<a 1 \"two words\" k=v q=\"w x\">}} y") ==
        "<p>x [a 0=1 1=two words k=v q=w x] y</p>\n");
}

TEST_CASE("what is between the tags of a shortcode is Markdown and may hold shortcodes") {
  CHECK(html_of("{{< a >}}*x* {{< b >}}{{< /a >}}") == "[a:<p><em>x</em> [b]</p>\n]\n");
  CHECK(html_of("{{< a >}}{{< a >}}x{{< /a >}}{{< /a >}}") == "[a:[a:<p>x</p>\n]\n]\n");
  CHECK(html_of("{{< b >}} {{< a >}}x{{< /a >}} {{< b >}}") == "<p>[b] [a:<p>x</p>\n] [b]</p>\n");
}

TEST_CASE("what a shortcode becomes is no Markdown and is not escaped") {
  CHECK(html_of("{{< a \"*x* <i>\" >}}") == "[a 0=*x* <i>]\n");
  CHECK(html_of("`{{< a >}}`") == "<p><code>[a]</code></p>\n");
  CHECK(html_of("[x]({{< a >}})") == "<p><a href=\"[a]\">x</a></p>\n");
}

TEST_CASE("a shortcode can be written about") {
  CHECK(html_of("`{{</* a k=\"v\" */>}}`") ==
        "<p><code>{{&lt; a k=&quot;v&quot; &gt;}}</code></p>\n");
}

TEST_CASE("a heading's anchor and the plain text know nothing of shortcodes") {
  PageTextOptions options;
  options.file = "p.md";
  options.render_shortcode = [](const Shortcode&, const std::string&,
                                const std::function<Position()>&) {
    return std::string("<b>!</b>");
  };
  const ConvertedText text = convert_page_text("a {{< x >}} b\n", options);
  CHECK(text.text == "a  b");
  CHECK(text.html == "<p>a <b>!</b> b</p>\n");
}

TEST_CASE("an error in a shortcode names its line and column in the file") {
  CHECK(error_in("x\n  {{< /a >}}") == "p.md:12:3: shortcode `a` was not opened");
  CHECK(error_in("{{< a") == "p.md:11:1: the shortcode is not closed by `>}}`");
  CHECK(error_in("{{< >}}") == "p.md:11:1: a shortcode must begin with its name");
  CHECK(error_in("{{< a k=1 k=2 >}}") == "p.md:11:11: `k` is given twice");
  CHECK(error_in("{{< a \"x >}}") == "p.md:11:7: the quoted value is not closed");
  CHECK(error_in("{{</* a >}}") == "p.md:11:1: the shortcode is not closed by `*/>}}`");
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "{{< a >}}";
  for (int i = 0; i < 100; ++i) deep += "{{< /a >}}";
  CHECK_THAT(error_in(deep), Catch::Contains("nested too deep"));
}

TEST_CASE("a link to a page that does not exist is an error where it stands") {
  CHECK(html_of("[x](b.md)") == "<p><a href=\"b.html\">x</a></p>\n");
  CHECK(error_in("one\ntwo [x](b.md) [y](c.md#d)") ==
        "p.md:12:19: broken link `c.md#d`: no such page");
}

TEST_CASE("a text of very many shortcodes takes no longer for each of them") {
  constexpr size_t kMany = 20'000;
  std::string text;
  std::string expected;
  for (size_t i = 0; i < kMany; ++i) {
    text += "{{< a " + std::to_string(i) + " >}}\n\n";
    expected += "[a 0=" + std::to_string(i) + "]\n";
  }
  CHECK(html_of(text) == expected);
  std::string arguments;
  for (size_t i = 0; i < 300; ++i) arguments += " " + std::to_string(i);
  CHECK(error_in("{{< a" + arguments + " >}}") ==
        "p.md:11:921: the shortcode has too many arguments");
}

TEST_CASE("marks for shortcodes never show whatever characters a text has") {
  CHECK(html_of("\xEE\x80\x80 0\xEE\x80\x80 {{< a >}}") ==
        "<p>\xEE\x80\x80 0\xEE\x80\x80 [a]</p>\n");
}

TEST_CASE("any text with pieces of shortcodes converts or is an error") {
  constexpr std::string_view kPieces[] = {"{{<",       ">}}",        "/",  "*/",        "/*", " ",
                                          "a",         "b",          "\"", "=",         "\n", "`",
                                          "{{< a >}}", "{{< /a >}}", "*",  "[x](b.md)", "# "};
  const uint32_t seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937 random(seed);
  size_t fine = 0;
  for (int round = 0; round < 5'000; ++round) {
    std::string text;
    for (size_t pieces = random() % 12; pieces > 0; --pieces) {
      text += kPieces[random() % std::size(kPieces)];
    }
    CAPTURE(text);
    try {
      const std::string html = html_of(text);
      CHECK(html.find("\xEE\x80\x80") == std::string::npos);
      ++fine;
    } catch (const Error&) {
    }
  }
  CHECK(fine > 100);
}

}  // namespace
}  // namespace memprof::sitegen
