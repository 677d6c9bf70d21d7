#pragma once

#include <string>

namespace memprof::cli {

/// libmemprof.so under a path that LD_PRELOAD can hold. ld.so splits the variable at blanks and
/// colons, so a path with one is offered by a link in a directory of its own, which lasts as long
/// as this object.
class RecorderLibrary {
 public:
  /// Finds the library: MEMPROF_LIBRARY, else beside this command. Throws Error (exit 3) that says
  /// where it looked.
  RecorderLibrary();
  ~RecorderLibrary();
  RecorderLibrary(const RecorderLibrary&) = delete;
  RecorderLibrary& operator=(const RecorderLibrary&) = delete;

  const std::string& path() const { return path_; }

 private:
  void offer_by_link();

  std::string path_;
  std::string link_directory_;  // "" when there is none
};

}  // namespace memprof::cli
