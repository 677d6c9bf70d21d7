#include "analyzer/cli/recorded_run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>

#include "analyzer/base/error.h"
#include "analyzer/cli/run_command.h"
#include "analyzer/cli/trace_directory.h"
#include "analyzer/report/text_escape.h"

namespace memprof::cli {
namespace {

namespace fs = std::filesystem;

/// While one exists, what is written to standard output comes out on standard error.
class OutputAsideGuard {
 public:
  OutputAsideGuard() {
    std::cout.flush();
    saved_ = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
  }
  ~OutputAsideGuard() {
    if (saved_ < 0) return;
    ::dup2(saved_, STDOUT_FILENO);
    ::close(saved_);
  }
  OutputAsideGuard(const OutputAsideGuard&) = delete;
  OutputAsideGuard& operator=(const OutputAsideGuard&) = delete;

 private:
  int saved_;
};

std::string temporary_directory() {
  std::error_code error;
  std::string path = (fs::temp_directory_path(error) / "memprof.XXXXXX").string();
  if (error || ::mkdtemp(path.data()) == nullptr) {
    throw Error("cannot make a directory for traces: " + path + ": " + std::strerror(errno));
  }
  return path;
}

}  // namespace

RecordedRuns::RecordedRuns(std::string name, const std::string& keep)
    : name_(std::move(name)), keep_(!keep.empty()) {
  if (!keep_) {
    directory_ = temporary_directory();
    return;
  }
  directory_ = fs::absolute(keep).lexically_normal().string();
  make_trace_directory(directory_);
}

RecordedRuns::~RecordedRuns() {
  if (keep_) return;
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

std::string RecordedRuns::record(const std::vector<std::string>& command, const std::string& label,
                                 size_t number, size_t of) {
  if (::isatty(STDERR_FILENO) == 1)
    std::cerr << fmt::format("memprof: {}: run {} of {}\n", name_, number, of);
  RunArguments arguments;
  arguments.output = directory_ + "/" + label;
  arguments.quiet = true;
  arguments.command = command;
  int status = 0;
  {
    const OutputAsideGuard aside;
    status = run_command(arguments);
  }
  const std::string what = fmt::format("{}: run {} of {}", command.front(), number, of);
  if (status != 0) {
    throw Error(
        fmt::format("cannot {}: {}: the command ended with status {}", name_, what, status));
  }
  std::error_code error;
  if (!fs::is_directory(arguments.output, error))
    throw Error(fmt::format("cannot {}: {}: nothing was recorded", name_, what));
  return arguments.output;
}

void RecordedRuns::drop(const std::string& path) const {
  if (keep_) return;
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

}  // namespace memprof::cli
