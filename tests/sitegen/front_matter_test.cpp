#include "sitegen/content/front_matter.h"

#include <catch2/catch.hpp>
#include <random>

#include "tests/sitegen/test_folder.h"

namespace memprof::sitegen {
namespace {

constexpr std::string_view kGood =
    "---\n"
    "title: \"A \\\"good\\\" page\"\n"
    "date: 2024-02-29\n"
    "tags: [Heap, 'stack trace']\n"
    "weight: -3\n"
    "draft: true\n"
    "slug: good-page\n"
    "layout: wide\n"
    "toc: true\n"
    "quoted: 'true'\n"
    "authors:\n"
    "  - Ada\n"
    "  - Grace\n"
    "---\n"
    "Body\n---\nmore\n";

std::string error_in(std::string_view text) {
  return error_of([text] { parse_document(text, "p.md"); });
}

TEST_CASE("front matter gives every field and leaves the body") {
  const auto [front, body] = parse_document(kGood, "p.md");
  CHECK(front.title == "A \"good\" page");
  CHECK(front.date == "2024-02-29");
  CHECK(front.tags == std::vector<std::string>{"Heap", "stack trace"});
  CHECK(front.weight == -3);
  CHECK(front.draft);
  CHECK(front.slug == "good-page");
  CHECK(front.layout == "wide");
  CHECK(front.layout_position.line == 8);
  CHECK(front.layout_position.column == 9);
  CHECK(body == "Body\n---\nmore\n");
  CHECK(front.params ==
        std::map<std::string, Param>{{"toc", true},
                                     {"quoted", std::string("true")},
                                     {"authors", std::vector<std::string>{"Ada", "Grace"}}});
}

TEST_CASE("a text without front matter is all body") {
  for (const char* text :
       {"", "# Title\n", "--- \ttext\n", "----\nx\n---\n", "\n---\na: b\n---\n"}) {
    CAPTURE(text);
    CHECK(parse_document(text, "p.md").body == text);
  }
}

TEST_CASE("a byte order mark and Windows line ends change nothing") {
  const auto [front, body] = parse_document("\xEF\xBB\xBF---\r\ntitle: x\r\n---\r\nbody", "p.md");
  CHECK(front.title == "x");
  CHECK(body == "body");
}

TEST_CASE("empty front matter and empty values are as none") {
  CHECK(parse_document("---\n---\nbody", "p.md").body == "body");
  CHECK(parse_document("---\n# only a comment\n---", "p.md").body == "");
  CHECK(parse_document("---\ntitle:\ndate: ~\ntags:\n---\n", "p.md").front_matter.title == "");
}

TEST_CASE("an error in front matter names its line and column") {
  CHECK(error_in("---\ntitle: a: b\n---\n").starts_with("p.md:2:9: "));
  CHECK(error_in("---\na: 1\n\tb: 2\n---\n").starts_with("p.md:3:1: "));
  CHECK(error_in("---\nx: *nobody\n---\n").starts_with("p.md:2:4: "));
  CHECK(error_in("---\ntitle: x\n") == "p.md:1:1: the front matter is not closed by a line `---`");
  CHECK(error_in("---\na: 1\ntitle: \"x\n---\n") == "p.md:4:1: a quoted value is not closed");
  CHECK(error_in("---\na: 1\n...\nb: 2\n---\n").starts_with("p.md:4:1: this does not belong"));
  CHECK(error_in("---\n- a\n---\n").starts_with("p.md:2:1: expected `key: value`"));
}

TEST_CASE("a column counts characters and not bytes") {
  CHECK(error_in("---\n\xC3\xA9\xE2\x82\xAC: a: b\n---\n").starts_with("p.md:2:6: "));
  CHECK(error_in("---\ntags: [\xC3\xA9, '!']\n---\n").starts_with("p.md:2:11: tag `!`"));
}

TEST_CASE("a value that makes no sense is refused where it stands") {
  CHECK(error_in("---\ndate: 2023-02-29\n---\n").starts_with("p.md:2:7: bad date `2023-02-29`"));
  CHECK(error_in("---\ndate: 2023-2-01\n---\n").starts_with("p.md:2:7: bad date"));
  CHECK(error_in("---\ndate: +123-01-01\n---\n").starts_with("p.md:2:7: bad date"));
  CHECK(error_in("---\nweight: 1.5\n---\n").starts_with("p.md:2:9: bad weight"));
  CHECK(error_in("---\nweight: 99999999999\n---\n").starts_with("p.md:2:9: bad weight"));
  CHECK(error_in("---\ndraft: yes\n---\n").starts_with("p.md:2:8: bad draft"));
  CHECK(error_in("---\ntitle: [a]\n---\n").starts_with("p.md:2:8: `title`"));
  CHECK(error_in("---\ntags: [[a]]\n---\n").starts_with("p.md:2:8: `tags`"));
  CHECK(error_in("---\nx: {a: 1}\n---\n").starts_with("p.md:2:4: `x`"));
  CHECK(error_in("---\nx: 1\ny: 2\nx: 3\n---\n") == "p.md:4:1: `x` is given twice");
  CHECK(error_in("---\n? [a]\n: b\n---\n").starts_with("p.md:2:3: a key"));
}

TEST_CASE("a slug that is no file name is refused") {
  for (const char* slug : {"..", "../x", "a/b", "/etc/passwd", ".htaccess", "\"a\\nb\"", "\"\"",
                           "\"a\\\\b\"", "a/../../b"}) {
    CAPTURE(slug);
    CHECK_THAT(error_in(std::string("---\nslug: ") + slug + "\n---\n"),
               Catch::StartsWith("p.md:2:7: bad slug"));
  }
}

TEST_CASE("an escape cannot bring in a character that the file may not have") {
  CHECK(error_in("---\ntitle: \"a\\x01\"\n---\n") == "p.md:2:8: it holds a control character");
  CHECK(error_in("---\ntitle: \"\\0\"\n---\n") == "p.md:2:8: it holds a control character");
}

TEST_CASE("what follows a complete document is an error and not ignored") {
  CHECK(error_in("---\n,title: x\n---\n").starts_with("p.md:2:1: "));
  CHECK(error_in("---\n  a: 1\nb: 2\n---\n").starts_with("p.md:3:1: "));
  CHECK(error_in("---\n{a: 1} b\n---\n").starts_with("p.md:2:8: "));
  CHECK(parse_document("---\n{title: x}\n---\n", "p.md").front_matter.title == "x");
}

TEST_CASE("deep nesting and aliases that refer to themselves are errors") {
  CHECK(error_in("---\nx: " + std::string(100'000, '[') + "\n---\n").starts_with("p.md:"));
  CHECK(error_in("---\nx: &a [*a]\n---\n").starts_with("p.md:2:"));
}

TEST_CASE("every prefix of a page and every change of a byte parses or is an error") {
  for (size_t size = 0; size <= kGood.size(); ++size) {
    try {
      parse_document(kGood.substr(0, size), "p.md");
    } catch (const Error&) {
      // Another exception would fail the test.
    }
  }
  const uint32_t seed = std::random_device()();
  CAPTURE(seed);
  std::mt19937 random(seed);
  // More of what YAML gives a meaning to than all bytes alike would bring.
  constexpr std::string_view kSpecial = "\n\n\t :-[]{},#&*!|>'\"%@`?\\.~=<";
  for (int round = 0; round < 20'000; ++round) {
    std::string text(kGood);
    for (size_t changes = 1 + random() % 4; changes > 0; --changes) {
      text[random() % text.size()] =
          random() % 4 == 0 ? static_cast<char>(random()) : kSpecial[random() % kSpecial.size()];
    }
    CAPTURE(text);
    try {
      parse_document(text, "p.md");
    } catch (const Error&) {
    }
  }
}

}  // namespace
}  // namespace memprof::sitegen
