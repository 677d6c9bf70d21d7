#pragma once

#include <sys/types.h>

#include <string>

namespace memprof::cli {

/// A process of our own that folds the traces of a run into a profile file while the run goes on,
/// at the lowest priority there is for processor and disk. It ends with this process, however that
/// ends: what it has not folded then is still there as traces.
class BackgroundPacker {
 public:
  /// `remove`: each trace once it is folded. Without a fork nothing is folded meanwhile.
  BackgroundPacker(const std::string& directory, const std::string& file, bool remove);
  ~BackgroundPacker();
  BackgroundPacker(const BackgroundPacker&) = delete;
  BackgroundPacker& operator=(const BackgroundPacker&) = delete;

  /// Lets it come to the end of its round.
  void stop();

 private:
  pid_t pid_ = -1;
  int stop_ = -1;  ///< closed to make it stop
};

}  // namespace memprof::cli
