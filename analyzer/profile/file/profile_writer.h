#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/profile/file/kept_moments.h"
#include "analyzer/profile/file/profile_processes.h"
#include "analyzer/profile/names.h"
#include "analyzer/profile/rss_samples.h"
#include "analyzer/profile/run.h"

namespace memprof::profile {

/// Rows of less than this share of their process are folded unless the user says otherwise.
inline constexpr double kFoldPercent = 0.05;

/// Writes a profile file, one process at a time. While one exists the file is locked: another
/// writer's or reader's attempt is an Error. After an Error nothing more can be written; what was
/// added before it stays in the file. Used by one thread.
class ProfileWriter {
 public:
  /// A new file, or one in which nothing was ever committed. Times count from `run_start_ns`
  /// (CLOCK_MONOTONIC). Throws Error when there is more.
  static ProfileWriter create(const std::string& path, uint64_t run_start_ns, double fold_percent);
  /// One that was left unfinished; nullopt when its writer ended before anything was committed.
  /// Throws Error when it is no profile or is finished.
  static std::optional<ProfileWriter> resume(const std::string& path);
  ProfileWriter(ProfileWriter&&) noexcept;
  ProfileWriter& operator=(ProfileWriter&&) noexcept;
  ~ProfileWriter();

  uint64_t run_start_ns() const;
  double fold_percent() const;
  /// Whether an image was in the file when it was opened, or has been added since.
  bool has(uint64_t trace_id) const;

  /// Waits for the disk once, in finish(), instead of for each process: for a file that is thrown
  /// away unless it becomes whole, of traces that stay.
  void sync_at_end();

  /// What is in the file, without sites.
  StoredProcesses processes();

  /// Adds a process, Process::reached included, whole or not at all: in the file once this returns.
  /// Its heap's snapshots are those of `moments`, in their order. Names that are not in the file
  /// yet come from `names`.
  void add(const Process& process, const std::vector<KeptMoment>& moments, FrameSource& names);

  /// What is known once all have been added: outside samples, what was not covered, what could not
  /// be read.
  void finish(const std::vector<OutsideSample>& samples,
              const std::vector<UnreadableFile>& unreadable);

 private:
  struct Impl;
  explicit ProfileWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace memprof::profile
