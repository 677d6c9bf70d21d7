#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyzer/profile/names.h"
#include "analyzer/profile/run.h"
#include "analyzer/profile/stack_rows.h"
#include "analyzer/report/options.h"

namespace memprof::report {

/// What the formats for other tools have in common: all full stacks of the chosen processes, no row
/// cut off, all names known. `run`, `source` and `options` must outlive it.
///
/// Uses process, by and depth of the options, never top. Throws Error (exit 2) when
/// Options::process matches none.
class StackExport {
 public:
  StackExport(const profile::Run& run, profile::FrameSource& source, const Options& options);

  /// Indexes into Run::processes.
  const std::vector<size_t>& processes() const { return processes_; }

  /// The rows of a process as the JSON report has them. At the moment asked for, else at the tree's
  /// peak, they held at_bytes and at_blocks.
  std::vector<profile::StackRow> rows(size_t process) const;

  /// The row's addresses from the innermost outwards; kCutAddress stands where frames are missing:
  /// outermost when the recorder cut the stack, within when it is deeper than Options::depth, alone
  /// when there is no frame.
  std::vector<profile::AddressId> stack(const profile::StackRow& row) const;

  /// Whether the figures of one moment are at_bytes and at_blocks rather than each process's own
  /// peak: a moment was asked for, or the run is taken as a whole.
  bool at_moment() const;

  /// That moment (or the peak) on the run's clock, in nanoseconds; of several processes that have
  /// moments of their own, the first one's.
  uint64_t moment_ns() const;

  const profile::Addresses& addresses() const { return addresses_; }
  const profile::Names& names() const { return names_; }
  profile::Names& names() { return names_; }

  /// The frames at an address, innermost first; of kCutAddress one that says so.
  const std::vector<symbols::Frame>& frames(profile::AddressId address) const;

  /// What a frame at that address is called: its function, else "module+0xoffset".
  std::string label(const symbols::Frame& frame, profile::AddressId address) const;

 private:
  void resolve_names();

  const profile::Run& run_;
  const Options& options_;
  const profile::RunMoment* moment_;  ///< the one asked for, or null
  const std::vector<size_t> processes_;
  const profile::Addresses addresses_;
  profile::Names names_;
};

}  // namespace memprof::report
