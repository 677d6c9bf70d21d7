#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "sitegen/content/node.h"

namespace memprof::sitegen {

/// The values of known keys, which throw Error with their place in a file when they make no sense.
class NodeFields {
 public:
  /// `file` is what messages call it, and must outlive this.
  explicit NodeFields(const std::string& file) : file_(file) {}

  std::string text(const std::string& key, const Node& value) const;
  bool truth(const std::string& key, const Node& value) const;
  int whole(const std::string& key, const Node& value) const;
  size_t count(const std::string& key, const Node& value) const;  ///< 0 to 1,000,000.

  /// A list of scalars, or one alone.
  std::vector<const Node*> scalars(const std::string& key, const Node& value) const;

  const std::vector<std::pair<std::string, Node>>& map(const std::string& key,
                                                       const Node& value) const;

  [[noreturn]] void fail(const Node& value, const std::string& why) const;

 private:
  const std::string& file_;
};

}  // namespace memprof::sitegen
