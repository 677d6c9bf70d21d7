#pragma once

#include <deque>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "sitegen/base/source_files.h"

namespace memprof::sitegen {

/// A file that goes into the output as it is.
struct StaticFile {
  std::string output;   ///< Below the output folder.
  SourceFile source;    ///< Its path is empty for a file of the default theme.
  std::string content;  ///< Of a file of the default theme.
};

/// Assets by name ("css/site.css"), each with its output ("assets/css/site.0123456789abcdef.css"):
/// a changed asset has a new address, so browsers may keep an old one for ever.
using AssetMap = std::map<std::string, std::string>;

/// The name with a fingerprint of `bytes` in front of its last extension.
std::string fingerprinted(const std::string& name, std::string_view bytes);

/// Enters the files of `folder`, and the default theme's of other names, into `files` and returns
/// them by name. Throws Error when one cannot be read.
AssetMap collect_assets(const std::filesystem::path& folder, std::deque<StaticFile>& files);

}  // namespace memprof::sitegen
