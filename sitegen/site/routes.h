#pragma once

#include <map>
#include <string>

#include "sitegen/site/site.h"

namespace memprof::sitegen {

/// Who writes which file of the output.
class Routes {
 public:
  /// Enters that `origin` ("content/a.md", "the tag `x`") writes `output`. Throws Error when
  /// another has entered it, when it would be outside the output folder, or when one of its names
  /// is longer than a file system takes.
  void add(const std::string& output, const std::string& origin);

  /// Throws Error when one output is needed both as a file and as a folder. Call it last.
  void check_folders() const;

 private:
  std::map<std::string, std::string> origins_;  // By output.
};

/// Throws Error when two parts of the site would write one file.
void check_routes(const Site& site);

}  // namespace memprof::sitegen
