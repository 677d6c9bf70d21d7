#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace memprof::sitegen {

/// Changes the files below one folder all at the end or not at all: each is written to a folder for
/// staging, in a tree like the one to be, and commit() gives it its name; a folder that is new
/// moves there whole. Files that have the bytes already are left alone, as are those that are
/// neither added nor removed.
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

  /// A part of a file to be: `bytes`, or, where there are none, `size` bytes from `offset` on of
  /// the file that is in its place.
  struct Piece {
    std::string_view bytes = {};
    size_t offset = 0;
    size_t size = 0;
  };

  /// The same, of a file that need not be in memory as a whole. Throws Error also when what is in
  /// place is too short.
  void add(const std::string& relative, std::span<const Piece> pieces);

  /// The file `relative`, which an earlier build put there, is no longer wanted. Throws Error as
  /// add() does.
  void remove(const std::string& relative);

  /// Puts all that was added into its place; each file is replaced whole. Throws Error at the first
  /// one that cannot be, also where a symbolic link leads out of the folder. Takes away what was
  /// removed first, with the folders that are empty then. Call it once.
  void commit();

 private:
  struct File {
    std::string relative;
    bool staged;  // Else the file in place has these bytes.
  };

  using Names = std::set<std::string, std::less<>>;

  std::string checked_path(const std::string& relative) const;
  bool may_be_in_place(std::string_view relative);
  void stage_folders_of(std::string_view relative);
  bool settle_folders_of(std::string_view relative);
  void take_away(const std::string& relative) const;
  void remove_what_others_left() const;

  std::filesystem::path folder_;
  std::vector<std::filesystem::path> created_;  // Folders that were missing, outermost first.
  std::string place_;                           // folder_, with '/' at its end.
  std::string staging_;                         // Likewise.
  bool committed_ = false;
  Names settled_;  // Folders known to exist, relative.
  Names moved_;    // Of these, those that came whole from staging.
  std::vector<std::string> unwanted_;

  std::mutex mutex_;
  std::vector<File> files_;                            // Guarded by mutex_, as are the next.
  Names staged_folders_;                               // Made in staging_, relative.
  std::map<std::string, bool, std::less<>> in_place_;  // Whether a folder was there, relative.
  bool has_staging_ = false;
};

}  // namespace memprof::sitegen
