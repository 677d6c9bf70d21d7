#include "sitegen/content/front_matter.h"

#include <catch2/catch.hpp>
#include <random>

#include "tests/sitegen/test_folder.h"

namespace memprof::sitegen {
namespace {

const std::vector<std::string> kTaxonomies = {"tags"};

Document parse(std::string_view text) {
  return parse_document(text, "p.md", kTaxonomies);
}

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
  return error_of([text] { parse(text); });
}

TEST_CASE("front matter gives every field and leaves the body") {
  const auto [front, body, body_line] = parse(kGood);
  CHECK(front.title == "A \"good\" page");
  REQUIRE(front.date);
  CHECK(day_of(*front.date) == "2024-02-29");
  CHECK(front.terms.at("tags") == std::vector<std::string>{"Heap", "stack trace"});
  CHECK(front.weight == -3);
  CHECK(front.draft);
  CHECK(front.slug == "good-page");
  CHECK(front.layout == "wide");
  CHECK(front.layout_position.line == 8);
  CHECK(front.layout_position.column == 9);
  CHECK(body == "Body\n---\nmore\n");
  CHECK(body_line == 15);
  REQUIRE(front.params.entries.size() == 3);
  CHECK(front.params.find("toc")->is_true());
  CHECK(front.params.find("quoted")->kind == Node::Kind::kText);
  CHECK(front.params.find("authors")->items.at(1).text == "Grace");
}

TEST_CASE("a text without front matter is all body") {
  for (const char* text :
       {"", "# Title\n", "--- \ttext\n", "----\nx\n---\n", "\n---\na: b\n---\n"}) {
    CAPTURE(text);
    CHECK(parse(text).body == text);
  }
}

TEST_CASE("a byte order mark and Windows line ends change nothing") {
  const auto [front, body, body_line] = parse("\xEF\xBB\xBF---\r\ntitle: x\r\n---\r\nbody");
  CHECK(front.title == "x");
  CHECK(body == "body");
}

TEST_CASE("empty front matter and empty values are as none") {
  CHECK(parse("---\n---\nbody").body == "body");
  CHECK(parse("---\n# only a comment\n---").body == "");
  CHECK(parse("---\ntitle:\ndate: ~\ntags:\n---\n").front_matter.title == "");
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
  CHECK(error_in("---\ntags: [\xC3\xA9, '!']\n---\n").starts_with("p.md:2:11: `!`"));
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
  CHECK(error_in("---\nlayout: {a: 1}\n---\n").starts_with("p.md:2:9: `layout`"));
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
  CHECK(parse("---\n{title: x}\n---\n").front_matter.title == "x");
}

TEST_CASE("deep nesting and aliases that refer to themselves are errors") {
  CHECK(error_in("---\nx: " + std::string(100'000, '[') + "\n---\n").starts_with("p.md:"));
  CHECK(error_in("---\nx: &a [*a]\n---\n").starts_with("p.md:2:"));
}

TEST_CASE("every prefix of a page and every change of a byte parses or is an error") {
  for (size_t size = 0; size <= kGood.size(); ++size) {
    try {
      parse(kGood.substr(0, size));
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
      parse(text);
    } catch (const Error&) {
    }
  }
}

TEST_CASE("front matter in TOML says what it says in YAML") {
  const auto [front, body, body_line] = parse(
      "+++\ntitle = \"A page\"\ndate = 2024-02-29T13:30:00+01:00\ntags = [\"Heap\", \"C++\"]\n"
      "weight = -3\ndraft = true\naliases = [\"/old/\", \"older\"]\n[extra]\ndeep = [1, "
      "2]\n+++\nbody\n");
  CHECK(front.title == "A page");
  REQUIRE(front.date);
  CHECK(rfc3339_of(*front.date) == "2024-02-29T13:30:00+01:00");
  CHECK(front.terms.at("tags") == std::vector<std::string>{"Heap", "C++"});
  CHECK(front.weight == -3);
  CHECK(front.draft);
  CHECK(front.aliases == std::vector<std::string>{"old/index.html", "older.html"});
  REQUIRE(front.params.find("extra") != nullptr);
  CHECK(front.params.find("extra")->find("deep")->items.at(1).text == "2");
  CHECK(body == "body\n");
  CHECK(body_line == 11);
}

TEST_CASE("an error in TOML names its line and column") {
  CHECK(error_in("+++\ntitle = \"x\"\n = 3\n+++\n").starts_with("p.md:3:"));
  CHECK(error_in("+++\ntitle = \"x\"\n\nweight = 1.5\n+++\n").starts_with("p.md:4:10: bad weight"));
  CHECK(error_in("+++\na = 1\na = 2\n+++\n").starts_with("p.md:3:"));
  CHECK(error_in("+++\ntitle = 1\n---\n") ==
        "p.md:1:1: the front matter is not closed by a line `+++`");
  CHECK(error_in("+++\ntitle = \"a\\u0001\"\n+++\n") == "p.md:2:9: it holds a control character");
}

TEST_CASE("an alias cannot lead out of the output") {
  for (const char* alias : {"../x", "/a/../../x", "a//b", "/.git/config"}) {
    CAPTURE(alias);
    CHECK_THAT(error_in(std::string("---\naliases: ") + alias + "\n---\n"),
               Catch::StartsWith("p.md:2:10: bad alias"));
  }
}

TEST_CASE("dates are days or moments and nothing else") {
  const auto rfc3339 = [](std::string_view text) {
    const auto date = parse_date(text);
    return date ? rfc3339_of(*date) : "";
  };
  CHECK(rfc3339("2024-02-29") == "2024-02-29T00:00:00Z");
  CHECK(rfc3339("2024-02-29 23:59") == "2024-02-29T23:59:00Z");
  CHECK(rfc3339("2024-02-29T23:59:07.5Z") == "2024-02-29T23:59:07Z");
  CHECK(rfc3339("2024-03-01T00:30:00-05:30") == "2024-03-01T00:30:00-05:30");
  CHECK(rfc822_of(*parse_date("2024-03-01T00:30:00-05:30")) == "Fri, 01 Mar 2024 00:30:00 -0530");
  CHECK(*parse_date("2024-03-01T00:30:00+01:00") < *parse_date("2024-03-01"));
  for (const char* text : {"", "2024", "2024-02-30", "2023-02-29", "2024-2-01", "2024-02-01T", "x",
                           "2024-02-01T24:00", "2024-02-01T10:60", "2024-02-01T10:00+1:00",
                           "2024-02-01 ", "2024-02-01T10:00:00ZZ", "-024-02-01", "2024-02-01x"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_date(text));
  }
}

}  // namespace
}  // namespace memprof::sitegen
