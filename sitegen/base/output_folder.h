#pragma once

#include <filesystem>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace memprof::sitegen {

/// Changes the files below one folder all at the end or not at all: each is written to a folder for
/// staging, and commit() gives it its name. Files that have the bytes already are left alone, as
/// are those that are not added.
class OutputFolder {
 public:
  /// Creates `folder`, and those above it, where they are missing. Throws Error when it cannot.
  explicit OutputFolder(std::filesystem::path folder);

  /// Without commit(), leaves everything as it was.
  ~OutputFolder();

  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;

  /// `bytes` are to become the file `relative`, with '/' between names. Throws Error when they
  /// cannot be written, and for a `relative` that would lead out of the folder by "..". May be
  /// called from several threads at once; for each file once.
  void add(const std::string& relative, std::string_view bytes);

  /// Puts all that was added into its place; each file is replaced whole. Throws Error at the first
  /// one that cannot be, also where a symbolic link leads out of the folder. Call it once.
  void commit();

 private:
  struct File {
    std::string relative;
    std::filesystem::path staged;  // Empty: the file in place has these bytes.
  };

  void make_folders_of(const std::string& relative);
  void remove_what_others_left() const;

  std::filesystem::path folder_;
  std::vector<std::filesystem::path> created_;  // Folders that were missing, outermost first.
  std::filesystem::path staging_;
  bool committed_ = false;
  std::set<std::string> made_;  // Folders known to exist, relative.

  std::mutex mutex_;
  std::vector<File> files_;   // Guarded by mutex_.
  bool has_staging_ = false;  // Likewise.
};

}  // namespace memprof::sitegen
