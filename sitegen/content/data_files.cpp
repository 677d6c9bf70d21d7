#include "sitegen/content/data_files.h"

#include <fmt/format.h>

#include <algorithm>

#include "sitegen/base/source_files.h"
#include "sitegen/base/text.h"
#include "sitegen/content/json_reader.h"
#include "sitegen/content/toml_reader.h"
#include "sitegen/content/yaml_reader.h"

namespace memprof::sitegen {
namespace {

Node read(const SourceFile& source, std::string_view extension) {
  const std::string file = printable(source.path);
  std::string text = read_file(source.path);
  check_text(text, file);
  if (extension == "json") return read_json(text, file);
  if (extension == "toml") return read_toml(text, file);
  if (!text.empty() && text.back() != '\n') text += '\n';
  return read_yaml_data(text, file);
}

/// The value at `path` below `root`, made with the maps above it.
Node* place(Node& root, std::string_view path) {
  Node* node = &root;
  for (size_t start = 0; start <= path.size();) {
    const size_t slash = std::min(path.find('/', start), path.size());
    const std::string name(path.substr(start, slash - start));
    node->kind = Node::Kind::kMap;
    const auto found = std::find_if(node->entries.begin(), node->entries.end(),
                                    [&name](const auto& entry) { return entry.first == name; });
    const bool last = slash == path.size();
    if (found == node->entries.end()) {
      node = &node->entries.emplace_back(name, Node{}).second;
    } else if (last || found->second.kind != Node::Kind::kMap) {
      return nullptr;
    } else {
      node = &found->second;
    }
    start = slash + 1;
  }
  return node;
}

}  // namespace

Node load_data_files(const std::filesystem::path& folder) {
  Node root;
  root.kind = Node::Kind::kMap;
  for (const SourceFile& source : find_files(folder, "")) {
    const std::string_view relative = source.relative;
    const size_t dot = relative.rfind('.');
    const std::string_view extension =
        dot == std::string_view::npos ? std::string_view() : relative.substr(dot + 1);
    if (extension != "yaml" && extension != "yml" && extension != "toml" && extension != "json") {
      continue;
    }
    Node* node = place(root, relative.substr(0, dot));
    if (node == nullptr) {
      throw Error(fmt::format("{}: another data file has this place", printable(source.path)));
    }
    *node = read(source, extension);
  }
  return root;
}

}  // namespace memprof::sitegen
