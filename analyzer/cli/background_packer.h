#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace memprof::cli {

/// Folds the traces of a run into a profile file while the run goes on, in a process of our own at
/// the lowest priority there is for processor and disk. On a machine that has no time left for
/// that, traces pile up: from kHurryBytes on another one takes over, at the priority of any
/// process, until they are half as many. All ends with this process, however that ends: what has
/// not been folded then is still there as traces.
///
/// Two processes and not one that changes its priority, because only root may raise one.
class BackgroundPacker {
 public:
  /// Of the traces together, on disk.
  static constexpr uint64_t kHurryBytes = uint64_t{256} << 20;

  /// `remove`: each trace once it is folded. Without a fork nothing is folded meanwhile.
  BackgroundPacker(const std::string& directory, const std::string& file, bool remove,
                   uint64_t hurry_bytes = kHurryBytes);
  ~BackgroundPacker();
  BackgroundPacker(const BackgroundPacker&) = delete;
  BackgroundPacker& operator=(const BackgroundPacker&) = delete;

  /// Lets the worker come to the end of its round.
  void stop();

 private:
  struct Supervisor;
  std::unique_ptr<Supervisor> supervisor_;
};

}  // namespace memprof::cli
