#include "tests/support/run_program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>

namespace memprof::test {
namespace {

using Clock = std::chrono::steady_clock;

std::runtime_error failure(const char* what) {
  return std::runtime_error(std::string(what) + ": " + strerror(errno));
}

struct Pipe {
  int read_end;
  int write_end;

  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw failure("pipe");
    read_end = ends[0];
    write_end = ends[1];
  }
};

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& text : strings) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// In the forked child. Only what may be called there: the test itself may have threads.
[[noreturn]] void become(const Command& command, char** argv, char** envp, int out, int err) {
  setpgid(0, 0);
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, 0);
  dup2(out, 1);
  dup2(err, 2);
  close_range(3, ~0u, 0);
  if (!command.directory.empty() && chdir(command.directory.c_str()) != 0) _exit(126);
  for (const auto& [resource, value] : command.limits) {
    const rlimit limit{value, value};
    if (setrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0) _exit(126);
  }
  if (!command.randomized) personality(ADDR_NO_RANDOMIZE);
  if (command.user && (setgid(*command.user) != 0 || setuid(*command.user) != 0)) _exit(126);
  execve(argv[0], argv, envp);
  _exit(127);
}

/// Milliseconds until then, at least 0.
int until(Clock::time_point deadline) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
  return left.count() > 0 ? static_cast<int>(left.count()) : 0;
}

}  // namespace

RunningProgram::RunningProgram(const Command& command) : patience_(command.patience) {
  // Orphans come to us, so that they can be waited for.
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  std::vector<std::string> arguments = command.argv;
  std::vector<std::string> environment;
  for (const auto& [name, value] : command.environment) environment.push_back(name + "=" + value);
  const std::vector<char*> argv = pointers_to(arguments);
  const std::vector<char*> envp = pointers_to(environment);
  const Pipe out;
  const Pipe err;
  const pid_t pid = fork();
  if (pid < 0) throw failure("fork");
  if (pid == 0) {
    become(command, const_cast<char**>(argv.data()), const_cast<char**>(envp.data()), out.write_end,
           err.write_end);
  }
  setpgid(pid, pid);
  close(out.write_end);
  close(err.write_end);
  out_ = out.read_end;
  err_ = err.read_end;
  result_.pid = pid;
}

RunningProgram::~RunningProgram() {
  if (!reaped_) {
    kill(SIGKILL);
    finish();
  }
}

void RunningProgram::kill(int signal) {
  ::kill(result_.pid, signal);
}

void RunningProgram::read_output(Clock::time_point deadline) {
  pollfd sources[] = {{out_, POLLIN, 0}, {err_, POLLIN, 0}};
  std::string* const targets[] = {&result_.out, &result_.err};
  unsigned open = 2;
  char buffer[65536];
  while (open > 0 && !result_.timed_out) {
    if (poll(sources, 2, until(deadline)) == 0) result_.timed_out = true;
    for (unsigned i = 0; i < 2; ++i) {
      if (sources[i].revents == 0) continue;
      const ssize_t bytes = read(sources[i].fd, buffer, sizeof buffer);
      if (bytes > 0) {
        targets[i]->append(buffer, static_cast<size_t>(bytes));
      } else {
        sources[i].fd = -1;
        --open;
      }
    }
  }
}

void RunningProgram::reap(Clock::time_point deadline) {
  for (;;) {
    if (result_.timed_out) {
      // What has left the process group is still our child, or comes to us once its parent is dead.
      ::kill(-result_.pid, SIGKILL);
    }
    int status = 0;
    const pid_t pid = waitpid(-1, &status, WNOHANG);
    if (pid < 0) return;  // No children are left.
    if (pid == 0) {
      if (Clock::now() >= deadline) {
        if (result_.timed_out && Clock::now() >= deadline + std::chrono::seconds(5)) return;
        result_.timed_out = true;
      }
      usleep(500);  // There is no call that waits for a child or a deadline.
      continue;
    }
    if (pid != result_.pid) continue;
    result_.signalled = WIFSIGNALED(status);
    result_.status = result_.signalled ? WTERMSIG(status) : WEXITSTATUS(status);
    result_.dumped_core = result_.signalled && WCOREDUMP(status);
  }
}

Result RunningProgram::finish() {
  const Clock::time_point deadline = Clock::now() + patience_;
  read_output(deadline);
  reap(deadline);
  close(out_);
  close(err_);
  reaped_ = true;
  return result_;
}

Result run(const Command& command) {
  return RunningProgram(command).finish();
}

Command preloaded(Command command, const std::string& library, const std::string& directory) {
  command.with("LD_PRELOAD", library).with("MEMPROF_OUT", directory);
  return command;
}

TemporaryDirectory::TemporaryDirectory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "memprof-test.XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw failure("mkdtemp");
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace memprof::test
