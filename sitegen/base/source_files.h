#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sitegen/base/file_stamp.h"

namespace memprof::sitegen {

/// A file below a folder of the site.
struct SourceFile {
  std::string path;      ///< As it can be opened, and as messages name it.
  std::string relative;  ///< From the folder searched, with '/' between names; valid UTF-8.
  FileStamp stamp = {};  ///< When it was found.
};

/// All files below `folder` whose name ends with `extension` (".md", or "": any), by `relative` in
/// byte order whatever the file system's. Symbolic links are followed; hidden files are not looked
/// at. A folder that does not exist holds nothing. Throws Error on what cannot be read, on a
/// symbolic link that leads back to a folder above itself, and on such a name that is no regular
/// file.
std::vector<SourceFile> find_files(const std::filesystem::path& folder, std::string_view extension);

/// The most that a file which somebody wrote may have.
inline constexpr size_t kMaxFileBytes = size_t{64} << 20;

/// The whole file. Throws Error when it cannot be read or has more than `max_bytes`.
std::string read_file(const std::string& path, size_t max_bytes = kMaxFileBytes);

}  // namespace memprof::sitegen
