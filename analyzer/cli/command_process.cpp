#include "analyzer/cli/command_process.h"

#include <fcntl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "analyzer/base/error.h"

namespace memprof::cli {
namespace {

struct Pipe {
  int read;
  int write;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw Error(std::string("cannot start the command: pipe: ") + std::strerror(errno));
  }
  return {ends[0], ends[1]};
}

/// Reads all of `value`, through interruptions; false at the end of the pipe.
template <typename Value>
bool read_value(int fd, Value& value) {
  ssize_t bytes = 0;
  do {
    bytes = ::read(fd, &value, sizeof value);
  } while (bytes < 0 && errno == EINTR);
  return bytes == static_cast<ssize_t>(sizeof value);
}

template <typename Value>
void write_value(int fd, Value value) {
  while (::write(fd, &value, sizeof value) < 0 && errno == EINTR) {
  }
}

}  // namespace

WaitingSignals::WaitingSignals() {
  sigset_t mask;
  ::sigemptyset(&mask);
  for (const int signal : {SIGCHLD, SIGTERM, SIGHUP}) ::sigaddset(&mask, signal);
  ::sigprocmask(SIG_BLOCK, &mask, &old_mask_);
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGINT, &ignore, &old_interrupt_);
  ::sigaction(SIGQUIT, &ignore, &old_quit_);
  // An inherited SIG_IGN would have the kernel reap the command before its status is read.
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  ::sigaction(SIGCHLD, &usual, &old_child_);
  fd_ = ::signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd_ < 0) {
    const int error = errno;
    restore();
    throw Error(std::string("cannot start the command: signalfd: ") + std::strerror(error));
  }
}

WaitingSignals::~WaitingSignals() {
  ::close(fd_);
  restore();
}

int WaitingSignals::take() {
  signalfd_siginfo info;
  const ssize_t bytes = ::read(fd_, &info, sizeof info);
  return bytes == static_cast<ssize_t>(sizeof info) ? static_cast<int>(info.ssi_signo) : 0;
}

void WaitingSignals::restore() const {
  ::sigaction(SIGINT, &old_interrupt_, nullptr);
  ::sigaction(SIGQUIT, &old_quit_, nullptr);
  ::sigaction(SIGCHLD, &old_child_, nullptr);
  ::sigprocmask(SIG_SETMASK, &old_mask_, nullptr);
}

CommandProcess::CommandProcess(const std::vector<std::string>& command,
                               const WaitingSignals& signals,
                               const std::function<void()>& before_exec) {
  const Pipe gate = make_pipe();
  const Pipe report = make_pipe();
  pid_ = ::fork();
  if (pid_ < 0) throw Error(std::string("cannot start the command: fork: ") + std::strerror(errno));
  if (pid_ == 0) {
    // The child holds no end that would keep a pipe from ending.
    ::close(gate.write);
    ::close(report.read);
    char go = 0;
    if (!read_value(gate.read, go)) ::_exit(0);
    before_exec();
    signals.restore();
    become(command, gate.read, report.write);
  }
  ::close(gate.read);
  ::close(report.write);
  gate_ = gate.write;
  report_ = report.read;
}

CommandProcess::~CommandProcess() {
  if (gate_ >= 0) {
    ::close(gate_);
    while (::waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
    }
  }
  if (report_ >= 0) ::close(report_);
}

void CommandProcess::become(const std::vector<std::string>& command, int gate, int report) {
  ::close(gate);
  std::vector<char*> arguments;
  for (const std::string& argument : command)
    arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  write_value(report, errno);
  ::_exit(127);
}

int CommandProcess::start() {
  write_value(gate_, 'g');
  ::close(gate_);
  gate_ = -1;
  int error = 0;
  if (!read_value(report_, error)) error = 0;
  ::close(report_);
  report_ = -1;
  if (error != 0) {
    while (::waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
    }
    ended_ = true;
  }
  return error;
}

bool CommandProcess::has_ended() {
  if (!ended_) ended_ = ::waitpid(pid_, &status_, WNOHANG) == pid_;
  return ended_;
}

}  // namespace memprof::cli
