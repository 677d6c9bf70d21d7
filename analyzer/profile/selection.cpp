#include "analyzer/profile/selection.h"

#include <fnmatch.h>

#include <algorithm>

#include "analyzer/base/error.h"

namespace memprof::profile {

std::string command_line(const Process& process) {
  std::string line;
  for (const std::string& argument : process.identity.argv) {
    if (!line.empty()) line += ' ';
    line += argument;
  }
  return line.empty() ? process.identity.exe : line;
}

std::string base_name(const std::string& path) {
  // The last slash that something follows.
  const size_t end = path.find_last_not_of('/');
  if (end == std::string::npos) return path;
  const size_t slash = path.rfind('/', end);
  const size_t begin = slash == std::string::npos ? 0 : slash + 1;
  return path.substr(begin, end + 1 - begin);
}

std::vector<size_t> select_processes(const Run& run, const std::string& glob) {
  const auto matches = [&glob](const std::string& text) {
    return ::fnmatch(glob.c_str(), text.c_str(), 0) == 0;
  };
  std::vector<size_t> selected;
  for (size_t i = 0; i < run.processes.size(); ++i) {
    const Process& process = run.processes[i];
    if (glob.empty() || matches(base_name(process.identity.exe)) || matches(process.identity.exe) ||
        matches(command_line(process))) {
      selected.push_back(i);
    }
  }
  if (selected.empty()) {
    throw Error("no such process: " + glob + ": no executable or command line of the run matches",
                Error::Exit::kUsage);
  }
  return selected;
}

}  // namespace memprof::profile
