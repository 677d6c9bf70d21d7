#include "analyzer/cli/run_command.h"

#include <fmt/format.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <optional>

#include "analyzer/base/error.h"
#include "analyzer/cli/background_packer.h"
#include "analyzer/cli/command_process.h"
#include "analyzer/cli/pack_command.h"
#include "analyzer/cli/process_watch.h"
#include "analyzer/cli/progress.h"
#include "analyzer/cli/recorder_library.h"
#include "analyzer/cli/ring_drain.h"
#include "analyzer/cli/symbol_arguments.h"
#include "analyzer/cli/terminal.h"
#include "analyzer/cli/trace_directory.h"
#include "analyzer/profile/executable.h"
#include "analyzer/profile/run.h"
#include "analyzer/report/text_escape.h"
#include "analyzer/report/text_report.h"

namespace memprof::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kSampleMs = 10;

/// What makes the command and its children load the recorder. An outer recording's variables end
/// here.
void set_environment(const RunArguments& arguments, const std::string& library,
                     const std::string& directory) {
  const char* others = std::getenv("LD_PRELOAD");
  const std::string preload =
      others != nullptr && *others != '\0' ? library + ":" + others : library;
  ::setenv("LD_PRELOAD", preload.c_str(), 1);
  ::setenv("MEMPROF_OUT", directory.c_str(), 1);
  if (!arguments.follow) ::setenv("MEMPROF_FOLLOW", "0", 1);
  if (arguments.reachability) ::setenv("MEMPROF_REACHABILITY", "1", 1);
  ::unsetenv("MEMPROF_PARENT");
  ::unsetenv("MEMPROF_RUN");
}

/// Passes signals on and takes samples until the command has ended.
void wait_for(CommandProcess& command, WaitingSignals& signals, ProcessWatch& watch) {
  while (!command.has_ended()) {
    std::array<pollfd, 2> fds{{{signals.fd(), POLLIN, 0}, {watch.fd(), POLLIN, 0}}};
    ::poll(fds.data(), fds.size(), watch.busy() ? kSampleMs : -1);
    while (const int signal = signals.take()) {
      if (signal != SIGCHLD) command.signal(signal);
    }
    watch.sample();
  }
  watch.ended(command.pid(), command.wait_status());
}

int exit_status(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

int exec_failed(const std::string& name, int error) {
  const bool missing = error == ENOENT || error == ENOTDIR;
  std::cerr << "memprof: " << report::printable(name) << ": "
            << (missing ? "command not found" : std::strerror(error)) << "\n";
  return missing ? 127 : 126;
}

/// The file that execvp runs for this name.
std::string executable_of(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* variable = std::getenv("PATH");
  std::string rest = variable == nullptr ? "/bin:/usr/bin" : variable;
  while (!rest.empty()) {
    const size_t end = rest.find(':');
    std::string candidate = (end == 0 ? "." : rest.substr(0, end)) + "/" + name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    rest = end == std::string::npos ? "" : rest.substr(end + 1);
  }
  return name;
}

/// "is statically linked" and the like, as far as the executable shows it.
std::string why_nothing_recorded(const std::string& name) {
  const std::string reason = profile::why_not_recorded(executable_of(name));
  if (reason.starts_with("did not") || reason == "not found") return "wrote no trace";
  return (reason.find("executable") == std::string::npos ? "is " : "is an ") + reason;
}

std::string shell_quoted(const std::string& path) {
  constexpr char kPlain[] =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./+,:@%";
  if (path.find_first_not_of(kPlain) == std::string::npos) return path;
  std::string quoted = "'";
  for (const char c : path) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

/// The directory as one would type it from here.
std::string nearby(const std::string& directory) {
  std::error_code error;
  const std::string relative =
      fs::path(directory).lexically_relative(fs::current_path(error)).string();
  return relative.empty() || relative.starts_with("..") ? directory : relative;
}

/// `path`: of the directory or of the profile.
void summarize(const RunArguments& arguments, const std::string& path) {
  report::Options options;
  options.top = arguments.top;
  options.color = use_color(Color::kAuto, STDERR_FILENO);
  options.width = terminal_columns(STDERR_FILENO);
  Progress progress;
  const profile::Run run = open_with_progress(path, {}, progress);
  const auto names = frames_for({});
  std::cerr << "\n";
  report::write_summary(std::cerr, run, profile::frames_of(run, *names), options);
  std::cerr << "\nrecorded in " << report::printable(nearby(path)) << "; for more: memprof report "
            << report::printable(shell_quoted(nearby(path))) << std::endl;
}

/// Whether the command or anything it started left a trace. What it left is made as short as it is.
bool finish_traces(const std::string& directory) {
  trim_traces(directory);
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().extension() == format::kFileSuffix) return true;
  }
  return false;
}

}  // namespace

int run_command(const RunArguments& arguments) {
  const bool packs = arguments.output.ends_with(kProfileSuffix);
  const std::string profile =
      packs ? fs::absolute(arguments.output).lexically_normal().string() : "";
  const std::string output = packs ? profile + kTracesSuffix : arguments.output;
  const RecorderLibrary library;
  const std::string& name = arguments.command.front();
  std::string directory;
  int status = 0;
  std::optional<BackgroundPacker> packer;
  if (packs) {
    require_no_file(profile);
    make_trace_directory(output);
    packer.emplace(output, profile, !arguments.keep_trace);
  }
  {
    WaitingSignals signals;
    CommandProcess command(arguments.command, signals, [&] {
      set_environment(arguments, library.path(), trace_directory_path(output, name, ::getpid()));
    });
    directory = trace_directory_path(output, name, command.pid());
    if (!packs) make_trace_directory(directory);
    RingDrain drain;
    ProcessWatch watch(directory, [&](const std::string& path) { drain.add(path); });
    if (const int error = command.start(); error != 0) {
      drop_empty_directory(directory);
      return exec_failed(name, error);
    }
    wait_for(command, signals, watch);
    status = exit_status(command.wait_status());
  }
  if (packer) packer->stop();
  if (!finish_traces(directory) && !(packs && fs::exists(profile))) {
    spdlog::warn("nothing was recorded: {} {}", report::printable(name),
                 why_nothing_recorded(name));
    drop_empty_directory(directory);
    return status;
  }
  const bool packed = packs && pack_rest(directory, profile, arguments.keep_trace);
  try {
    if (!arguments.quiet) summarize(arguments, packed ? profile : directory);
  } catch (const std::exception& error) {
    // The command's own status is what counts.
    spdlog::warn("no summary: {}", report::printable(error.what()));
  }
  return status;
}

}  // namespace memprof::cli
