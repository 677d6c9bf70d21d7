#include "sitegen/output/html_links.h"

#include <catch2/catch.hpp>
#include <random>

#include "sitegen/build.h"
#include "sitegen/demo_site.h"
#include "sitegen/output/plain_html.h"
#include "tests/sitegen/test_folder.h"

namespace memprof::sitegen {
namespace {

TEST_CASE("the parser finds links and anchors wherever they are") {
  const HtmlLinks links = parse_links(
      "<!DOCTYPE html>\n<p id=x>a<A HREF='b&amp;c' name=n>d</A><img src=e><!-- <a href=f> "
      "--><script>\"<a "
      "href=g>\"</script>");
  REQUIRE(links.links.size() == 2);
  CHECK(links.links[0].url == "b&c");
  CHECK(links.links[0].offset == 25);
  CHECK(links.links[1].url == "e");
  CHECK(links.anchors == std::vector<std::string>{"x", "n"});
}

TEST_CASE("a document as deep as it is long is read") {
  std::string html = "<!DOCTYPE html>";
  for (int i = 0; i < 5'000; ++i) html += "<div>";
  CHECK(find_links(html + "<a href=\"x\">").links.size() == 1);
}

TEST_CASE("pages of ours are plain and read without the parser") {
  const DemoKind kind = GENERATE(DemoKind::kSeed, DemoKind::kBlog, DemoKind::kDocs);
  TestFolder folder;
  write_demo_site(folder / "site", {.pages = 25, .seed = 2, .kind = kind});
  BuildOptions options;
  options.source = folder / "site";
  options.output = folder / "out";
  build_site(options);
  for (const auto& [name, html] : read_tree(folder / "out")) {
    if (!name.ends_with(".html") || name == "(folder)") continue;
    CAPTURE(name);
    const auto scanned = scan_plain_html(html);
    REQUIRE(scanned);
    CHECK(*scanned == parse_links(html));
  }
}

/// A document whose elements mostly nest as they should, with whatever else there is now and then.
std::string random_document(std::mt19937& random) {
  constexpr std::string_view kElements[] = {
      "p",  "a",  "div",  "em",         "b",    "ul",      "li",    "ol",
      "h2", "h3", "pre",  "span",       "dl",   "dd",      "table", "thead",
      "tr", "td", "code", "blockquote", "time", "section", "select"};
  constexpr std::string_view kPieces[] = {"text",
                                          " ",
                                          "\n",
                                          "&lt;",
                                          "<br>",
                                          "<hr>",
                                          "<img src=\"i\">",
                                          "<input id=\"in\" />",
                                          "<link href=\"l\">",
                                          "<!-- <a href=\"c\"> -->",
                                          "<",
                                          "<img src=\"i\" src=\"j\">",
                                          "<script>\"<a href='s'>\"</script>",
                                          "<a href=u>",
                                          "</p>",
                                          "</a>",
                                          "<svg>",
                                          "<title>t</title>",
                                          "<a name=\"n\">",
                                          "<body id=\"b\">",
                                          "</html>",
                                          "<DIV ID=\"v\">",
                                          "<br/>",
                                          "<p/>"};
  constexpr std::string_view kAttributes[] = {"",
                                              "",
                                              " id=\"i\"",
                                              " href=\"h\"",
                                              " href=\"a&amp;b\"",
                                              " class=\"c\"",
                                              " href=\"&copy;\"",
                                              " id=\"x\" src=\"y\""};
  std::string html = "<!DOCTYPE html>\n<html>\n<head>\n<title>t</title>\n</head>\n<body>\n";
  std::vector<std::string> open;
  for (size_t pieces = random() % 14; pieces > 0; --pieces) {
    const uint32_t choice = random() % 8;
    if (choice < 3) {
      open.emplace_back(kElements[random() % std::size(kElements)]);
      html.append("<" + open.back()).append(kAttributes[random() % std::size(kAttributes)]) += '>';
    } else if (choice < 6 && !open.empty()) {
      html += "</" + open.back() + ">";
      open.pop_back();
    } else {
      // The later ones make a document anything but plain.
      html += kPieces[random() % (random() % 4 == 0 ? std::size(kPieces) : 9)];
    }
  }
  for (; !open.empty(); open.pop_back()) html += "</" + open.back() + ">";
  html += "</body>\n</html>\n";
  if (random() % 16 == 0) html[random() % html.size()] = static_cast<char>(random());
  return html;
}

TEST_CASE("whatever is read without the parser is what the parser reads") {
  const uint32_t seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937 random(seed);
  size_t plain = 0;
  for (int round = 0; round < 15'000; ++round) {
    const std::string html = random_document(random);
    const auto scanned = scan_plain_html(html);
    if (!scanned) continue;
    ++plain;
    if (*scanned != parse_links(html)) FAIL(html);
  }
  CHECK(plain > 1'000);
}

}  // namespace
}  // namespace memprof::sitegen
