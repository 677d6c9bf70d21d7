#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>

namespace memprof::sitegen {

/// What tells, without a look into it, whether a file is still the one it was. The time of change
/// is among it, which nobody can set: copies that keep their times are seen, too.
struct FileStamp {
  uint64_t device = 0;
  uint64_t inode = 0;
  uint64_t size_bytes = 0;
  int64_t modified_ns = 0;  ///< Of Unix time, as is the next.
  int64_t changed_ns = 0;

  bool operator==(const FileStamp&) const = default;

  /// Whether any change after `now_ns` must give the file another stamp. A clock's tick is not
  /// that short: what changes twice in one has the same stamp.
  bool is_settled(int64_t now_ns) const;
};

FileStamp stamp_from(const struct stat& status);

/// Of the regular file at `path`; nullopt when there is none (a link to one is none).
std::optional<FileStamp> stamp_of(const std::string& path);

/// The time by the clock that files are stamped with, in ns of Unix time.
int64_t file_clock_ns();

}  // namespace memprof::sitegen
