#pragma once

#include <map>
#include <string>

namespace memprof::sitegen {

/// Who writes which file of the output.
class Routes {
 public:
  /// Enters that `origin` ("content/a.md", "the tags `x`") writes `output`. Throws Error when
  /// another has entered it, when it would be outside the output folder, or when one of its names
  /// is longer than a file system takes.
  void add(const std::string& output, const std::string& origin);

  /// Throws Error when one output is needed both as a file and as a folder. Call it last.
  void check_folders() const;

  bool contains(const std::string& output) const { return origins_.contains(output); }

 private:
  std::map<std::string, std::string> origins_;  // By output.
};

}  // namespace memprof::sitegen
