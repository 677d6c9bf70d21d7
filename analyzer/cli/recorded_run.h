#pragma once

#include <string>
#include <vector>

namespace memprof::cli {

/// Traces of commands that are run for what their traces say: in directories that go away, unless
/// they are to be kept.
class RecordedRuns {
 public:
  /// `keep`: the directory for them all, made if need be, or "": a temporary one. `name`: the
  /// command that runs them, for errors and what it says meanwhile. Throws Error.
  RecordedRuns(std::string name, const std::string& keep);
  ~RecordedRuns();
  RecordedRuns(const RecordedRuns&) = delete;
  RecordedRuns& operator=(const RecordedRuns&) = delete;

  /// Runs the command under the recorder, its standard output on our standard error, which is where
  /// all goes that is no result. `label` names the run and its directory: "3", "value 50, 2". The
  /// path of its traces. Throws Error (exit 3) when the command does not end with status 0, or
  /// leaves no trace.
  std::string record(const std::vector<std::string>& command, const std::string& label,
                     size_t number, size_t of);

  /// Done with these traces: they go away unless all are kept.
  void drop(const std::string& path) const;

 private:
  std::string name_;
  std::string directory_;
  bool keep_;
};

}  // namespace memprof::cli
