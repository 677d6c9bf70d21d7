#include "analyzer/report/wrapped_text.h"

#include <catch2/catch.hpp>
#include <random>
#include <sstream>

#include "analyzer/report/text_escape.h"

using memprof::report::columns_of;
using memprof::report::wrapped;

TEST_CASE("Words wrap before the last column, and what follows is indented") {
  CHECK(wrapped("one two three", 2, 10) == "one two\n  three");
  CHECK(wrapped("one two three", 2, 9) == "one two\n  three");
  CHECK(wrapped("one two three", 2, 8) == "one\n  two\n  three");
  CHECK(wrapped("ää öö", 0, 5) == "ää öö");
  CHECK(wrapped("a-word-that-is-longer x", 2, 8) == "a-word-that-is-longer\n  x");
  CHECK(wrapped("line\nline", 3, 80) == "line\n   line");
  CHECK(wrapped("", 3, 80).empty());
}

TEST_CASE("Wrapped text has the same words, in lines that are as full as they can be") {
  std::mt19937 random(9);
  for (int round = 0; round < 300; ++round) {
    std::string text;
    for (int i = 0; i < 40; ++i) text += (i == 0 ? "" : " ") + std::string(1 + random() % 12, 'x');
    const size_t indent = random() % 5;
    const size_t columns = 20 + random() % 20;
    std::istringstream lines(std::string(indent, ' ') + wrapped(text, indent, columns));
    std::string again;
    size_t room = 0;  // what the line before had left
    for (std::string line; std::getline(lines, line);) {
      REQUIRE(columns_of(line) <= columns);
      REQUIRE(line.substr(0, indent) == std::string(indent, ' '));
      line.erase(0, indent);
      const size_t first_word = std::min(line.find(' '), line.size());
      if (!again.empty()) REQUIRE(first_word + 1 > room);
      room = columns - indent - line.size();
      again += (again.empty() ? "" : " ") + line;
    }
    REQUIRE(again == text);
  }
}
