#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace memprof::cli {

struct RunArguments {
  std::string output;  ///< "": memprof.<command>.<pid>. What ends in .mprof is a profile file
  bool quiet = false;
  uint64_t top = 10;
  bool follow = true;
  bool keep_trace = false;  ///< where `output` is a profile file, the raw traces as well
  bool reachability = false;
  std::vector<std::string> command;
};

/// Runs the command under the recorder, says in short on stderr what was found, and returns the
/// command's own exit status (128 + n for signal n; 127 not found, 126 cannot be executed). Throws
/// Error when it could not begin.
int run_command(const RunArguments& arguments);

}  // namespace memprof::cli
