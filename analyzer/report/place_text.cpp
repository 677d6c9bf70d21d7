#include "analyzer/report/place_text.h"

#include <vector>

#include "analyzer/report/text_escape.h"

namespace memprof::report {
namespace {

constexpr char kGap[] = "  ";

std::string joined(const std::string& place, const std::string& function) {
  if (place.empty() || function.empty()) return place + function;
  return place + kGap + function;
}

/// The path, then with fewer and fewer of its first folders, down to the file's name.
std::vector<std::string> shorter_paths(const std::string& path) {
  std::vector<std::string> result{path};
  for (size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    result.push_back("…" + path.substr(slash));
  }
  result.push_back(path.substr(path.rfind('/') + 1));
  return result;
}

/// The position after the last "::" outside of brackets that still leaves a name, from `begin` on;
/// npos when there is none.
size_t after_first_scope(const std::string& name, size_t begin) {
  int depth = 0;
  for (size_t i = begin; i + 2 < name.size(); ++i) {
    const char c = name[i];
    if (c == '<' || c == '(' || c == '{') ++depth;
    if (c == '>' || c == ')' || c == '}') --depth;
    if (depth == 0 && c == ':' && name[i + 1] == ':') return i + 2;
  }
  return std::string::npos;
}

/// The function, then without its elided parameters, then with fewer and fewer of its scopes.
std::vector<std::string> shorter_functions(const std::string& function) {
  constexpr char kElided[] = "(...)";
  std::vector<std::string> result{function};
  std::string bare = function;
  if (bare.ends_with(kElided)) {
    bare.erase(bare.size() - (sizeof kElided - 1));
    result.push_back(bare);
  }
  for (size_t at = after_first_scope(bare, 0); at != std::string::npos;
       at = after_first_scope(bare, at)) {
    result.push_back(bare.substr(at));
  }
  return result;
}

}  // namespace

std::string place_text(const std::string& file, uint32_t line, const std::string& function,
                       size_t columns) {
  const std::string suffix = line == 0 ? "" : ":" + std::to_string(line);
  std::string full = joined(file.empty() ? "" : file + suffix, function);
  if (columns == 0 || columns_of(full) <= columns) return full;
  if (file.empty()) {
    for (const std::string& shorter : shorter_functions(function)) {
      if (columns_of(shorter) <= columns) return shorter;
    }
    return ellipsize(function, columns);
  }
  std::string place;
  for (const std::string& path : shorter_paths(file)) {
    place = path + suffix;
    if (columns_of(joined(place, function)) <= columns) return joined(place, function);
  }
  std::string shortest;
  for (const std::string& shorter : shorter_functions(function)) {
    shortest = shorter;
    if (columns_of(joined(place, shorter)) <= columns) return joined(place, shorter);
  }
  constexpr size_t kMinFunctionColumns = 8;
  const size_t used = columns_of(place) + sizeof kGap - 1;
  if (used + kMinFunctionColumns > columns) return ellipsize(place, columns);
  return joined(place, ellipsize(shortest, columns - used));
}

}  // namespace memprof::report
