#pragma once

#include <string>

#include "analyzer/cli/progress.h"
#include "analyzer/profile/names.h"
#include "analyzer/profile/open_run.h"

namespace memprof::cli {

/// A run with what is needed to name its frames. It stays where it is: the names refer to it.
/// `source` must outlive it. Throws as profile::open_run.
struct OpenRun {
  OpenRun(const std::string& path, const profile::RunRequest& request, profile::FrameSource& source)
      : run(profile::open_run(path, request)),
        addresses(run),
        names(addresses, profile::frames_of(run, source)) {}
  /// Says on `progress` how far reading has come.
  OpenRun(const std::string& path, const profile::RunRequest& request, profile::FrameSource& source,
          Progress& progress)
      : run(open_with_progress(path, request, progress)),
        addresses(run),
        names(addresses, profile::frames_of(run, source)) {}
  OpenRun(const OpenRun&) = delete;
  OpenRun& operator=(const OpenRun&) = delete;

  const profile::Run run;
  const profile::Addresses addresses;
  profile::Names names;
};

}  // namespace memprof::cli
