#pragma once

#include <filesystem>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace memprof::sitegen {

/// Writes files below one folder, each whole or not at all: to a temporary file beside it, which
/// then takes its name. Files it does not write are left alone. May be used by several threads at
/// once, for different files.
class OutputFolder {
 public:
  /// Creates `folder`, and those above it, where they are missing. Throws Error when it cannot.
  explicit OutputFolder(std::filesystem::path folder);

  /// Writes `bytes` as the file `relative`, with '/' between names, in place of what was there.
  /// Throws Error when it cannot, and then leaves what was there; also for a `relative` that would
  /// lead out of the folder, be it by "..", or through a symbolic link.
  void write(const std::string& relative, std::string_view bytes);

 private:
  void make_folders_of(const std::string& relative);

  std::filesystem::path folder_;
  std::mutex mutex_;
  std::set<std::string> made_;  // Folders known to exist, relative. Guarded by mutex_.
};

}  // namespace memprof::sitegen
