#include "analyzer/symbols/source_path.h"

#include <vector>

namespace memprof::symbols {
namespace {

/// Appends the parts of `path` to `parts`, resolving "." and "..".
void append_parts(std::string_view path, bool absolute, std::vector<std::string_view>& parts) {
  while (!path.empty()) {
    const size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    if (part.empty() || part == ".") continue;
    if (part != ".." || (parts.empty() ? !absolute : parts.back() == "..")) {
      parts.push_back(part);
    } else if (!parts.empty()) {
      parts.pop_back();
    }
  }
}

}  // namespace

std::string source_path(std::string_view directory, std::string_view file) {
  if (file.empty()) return "";
  const bool join = file.front() != '/' && !directory.empty();
  const bool absolute = (join ? directory : file).front() == '/';
  std::vector<std::string_view> parts;
  if (join) append_parts(directory, absolute, parts);
  append_parts(file, absolute, parts);

  std::string path = absolute ? "/" : "";
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) path += '/';
    path += parts[i];
  }
  return path;
}

}  // namespace memprof::symbols
