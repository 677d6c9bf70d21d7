#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace memprof::test {

struct Result {
  int status = -1;  ///< exit status, or 128 + the signal
  std::string out;
  std::string err;
  uint64_t max_rss_bytes = 0;
};

/// How a command is run; what is not said here is as it is for the test.
struct Setting {
  std::string cwd;
  std::string input;
  std::map<std::string, std::string> environment;
};

/// Runs a program and waits for it. `arguments` includes its name.
Result run_program(const std::vector<std::string>& arguments, const Setting& setting = {});

/// Runs the command this project builds.
Result run_memprof(std::vector<std::string> arguments, const Setting& setting = {});

}  // namespace memprof::test
