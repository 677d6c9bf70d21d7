#include "analyzer/report/wrapped_text.h"

#include <sstream>

#include "analyzer/report/text_escape.h"

namespace memprof::report {

std::string wrapped(const std::string& text, size_t indent, size_t columns) {
  std::string result;
  size_t column = indent;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!result.empty()) {
      result += "\n" + std::string(indent, ' ');
      column = indent;
    }
    std::istringstream words(line);
    bool first = true;
    for (std::string word; words >> word; first = false) {
      if (!first && column + 1 + columns_of(word) > columns) {
        result += "\n" + std::string(indent, ' ');
        column = indent;
        first = true;
      }
      result += (first ? "" : " ") + word;
      column += columns_of(word) + (first ? 0 : 1);
    }
  }
  return result;
}

}  // namespace memprof::report
