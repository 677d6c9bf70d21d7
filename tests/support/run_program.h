// Running a program, with or without the recorder in front of it, under a watchdog.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace memprof::test {

/// How a program is to be started. It gets this environment and no other, two pipes as stdout and
/// stderr, and no descriptor of ours.
struct Command {
  std::vector<std::string> argv;  ///< argv[0] is the path
  std::vector<std::pair<std::string, std::string>> environment = {{"PATH", "/usr/bin:/bin"},
                                                                  {"LANG", "C"}};
  std::string directory;                       ///< to run in; "" is ours
  bool randomized = true;                      ///< false: address space layout randomization is off
  std::vector<std::pair<int, rlim_t>> limits;  ///< RLIMIT_*, soft and hard
  std::optional<uid_t> user;                   ///< to become, before the program starts
  std::chrono::seconds patience{60};  ///< then the program and all it has started are killed

  Command& with(const std::string& name, const std::string& value) {
    environment.emplace_back(name, value);
    return *this;
  }
};

struct Result {
  pid_t pid = 0;
  std::string out;
  std::string err;
  bool timed_out = false;
  bool signalled = false;
  int status = 0;  ///< exit status, or the signal's number
  bool dumped_core = false;

  bool operator==(const Result& other) const {
    return out == other.out && err == other.err && timed_out == other.timed_out &&
           signalled == other.signalled && status == other.status &&
           dumped_core == other.dumped_core;
  }
};

/// A program that is running. All that it has started and left behind is waited for as well (we are
/// the reaper of its orphans), so after finish() nothing of it runs any more. One at a time.
class RunningProgram {
 public:
  /// Throws std::runtime_error when it cannot be started.
  explicit RunningProgram(const Command& command);
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;
  ~RunningProgram();

  pid_t pid() const { return result_.pid; }

  void kill(int signal);

  /// Waits for the end of the program and of its orphans.
  Result finish();

 private:
  void read_output(std::chrono::steady_clock::time_point deadline);
  void reap(std::chrono::steady_clock::time_point deadline);

  Result result_;
  std::chrono::seconds patience_;
  int out_ = -1;
  int err_ = -1;
  bool reaped_ = false;
};

/// Runs it to its end.
Result run(const Command& command);

/// The same command with libmemprof.so in front of the last program alone, writing to `directory`.
Command preloaded(Command command, const std::string& library, const std::string& directory);

/// A fresh directory, removed with all in it at the end.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory();

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace memprof::test
