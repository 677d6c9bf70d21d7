#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace memprof::sitegen {

/// Who writes which file of the output.
class Routes {
 public:
  /// What names who writes a file, for messages: "content/a.md", "the tags `x`".
  using Origin = std::function<std::string()>;

  /// Enters that `origin` writes `output`, both of which must outlive this. Throws Error when
  /// another has entered it, when it would be outside the output folder, or when one of its names
  /// is longer than a file system takes.
  void add(std::string_view output, Origin origin);

  /// Throws Error when one output is needed both as a file and as a folder. Call it last.
  void check_folders() const;

  bool contains(std::string_view output) const { return origins_.contains(output); }

 private:
  std::unordered_map<std::string_view, Origin> origins_;  // By output.
};

}  // namespace memprof::sitegen
