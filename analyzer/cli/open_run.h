#pragma once

#include <string>

#include "analyzer/profile/names.h"
#include "analyzer/profile/open_run.h"

namespace memprof::cli {

/// A run with what is needed to name its frames. It stays where it is: the names refer to it.
/// `source` must outlive it. Throws as profile::open_run.
struct OpenRun {
  OpenRun(const std::string& path, const profile::RunRequest& request, profile::FrameSource& source)
      : run(profile::open_run(path, request)), addresses(run), names(addresses, source) {}
  OpenRun(const OpenRun&) = delete;
  OpenRun& operator=(const OpenRun&) = delete;

  const profile::Run run;
  const profile::Addresses addresses;
  profile::Names names;
};

}  // namespace memprof::cli
