#include "sitegen/site/static_files.h"

#include <fmt/format.h>
#include <xxhash.h>

#include "sitegen/site/builtin_assets.h"

namespace memprof::sitegen {

std::string fingerprinted(const std::string& name, std::string_view bytes) {
  const size_t slash = name.rfind('/');
  const size_t base = slash == std::string::npos ? 0 : slash + 1;
  const size_t dot = name.rfind('.');
  // A dot in front makes no extension.
  const size_t end = dot == std::string::npos || dot <= base ? name.size() : dot;
  return fmt::format("{}.{:016x}{}", name.substr(0, end), XXH3_64bits(bytes.data(), bytes.size()),
                     name.substr(end));
}

AssetMap collect_assets(const std::filesystem::path& folder, std::deque<StaticFile>& files) {
  AssetMap assets;
  for (const SourceFile& source : find_files(folder, "")) {
    const std::string output = "assets/" + fingerprinted(source.relative, read_file(source.path));
    assets.emplace(source.relative, output);
    files.push_back({.output = output, .source = source, .content = {}});
  }
  for (const BuiltinAsset& asset : builtin_assets()) {
    const std::string name(asset.name);
    const std::string output = "assets/" + fingerprinted(name, asset.text);
    if (!assets.emplace(name, output).second) continue;
    files.push_back({.output = output, .source = {}, .content = std::string(asset.text)});
  }
  return assets;
}

}  // namespace memprof::sitegen
