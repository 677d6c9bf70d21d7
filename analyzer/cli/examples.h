#pragma once

#include <string>
#include <vector>

namespace memprof::cli {

/// A command line that runs as it stands where there is what it names, and what it is for.
struct Example {
  std::string line;
  std::string purpose;
};

/// The examples of a command, for its help and its man page; of memprof itself for "".
const std::vector<Example>& examples_of(const std::string& command);

}  // namespace memprof::cli
