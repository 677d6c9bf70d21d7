#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>

#include "analyzer/profile/names.h"
#include "analyzer/profile/open_run.h"

namespace memprof::cli {

/// One line on standard error that says how far a slow step has come. Only on a terminal, and gone
/// when the step is over. Thread-safe.
class Progress {
 public:
  Progress();
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `done` of `all` steps are over, as in "reading 120 of 10,000 processes". Shown from so many
  /// steps on, or when it takes long.
  void show(const std::string& doing, size_t done, size_t all, const std::string& things);

  /// Takes the line away. To be called before others write to the terminal.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  const bool on_;
  const Clock::time_point begin_ = Clock::now();
  std::mutex mutex_;
  Clock::time_point shown_at_{};
  bool shown_ = false;
};

/// open_run, which says on `progress` how far it has come.
profile::Run open_with_progress(const std::string& path, profile::RunRequest request,
                                Progress& progress);

/// `source`, which says on `progress` that it looks names up. Both must outlive the result.
std::unique_ptr<profile::FrameSource> with_progress(profile::FrameSource& source,
                                                    Progress& progress);

}  // namespace memprof::cli
