#pragma once

#include <signal.h>
#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace memprof::cli {

/// While one exists: this process waits for SIGCHLD, SIGTERM and SIGHUP on fd(), and leaves SIGINT
/// and SIGQUIT, which a terminal sends to the command as well, to the command. The command itself
/// starts with everything as it was.
class WaitingSignals {
 public:
  WaitingSignals();
  ~WaitingSignals();
  WaitingSignals(const WaitingSignals&) = delete;
  WaitingSignals& operator=(const WaitingSignals&) = delete;

  /// Readable when a signal is there; closed on exec.
  int fd() const { return fd_; }

  /// The next signal that has come, 0 for none.
  int take();

  /// For the child between fork and exec: everything as it was.
  void restore() const;

 private:
  sigset_t old_mask_;
  struct sigaction old_interrupt_;
  struct sigaction old_quit_;
  struct sigaction old_child_;
  int fd_;
};

/// The command that `memprof run` starts: forked at once, so that its pid is known, and held back
/// until start().
class CommandProcess {
 public:
  /// Runs `before_exec` in the child right before the exec. Throws Error (exit 3) when there is no
  /// fork.
  CommandProcess(const std::vector<std::string>& command, const WaitingSignals& signals,
                 const std::function<void()>& before_exec);
  /// A command that was never started ends without a trace.
  ~CommandProcess();
  CommandProcess(const CommandProcess&) = delete;
  CommandProcess& operator=(const CommandProcess&) = delete;

  pid_t pid() const { return pid_; }

  /// Lets it go. The errno of its exec, 0 when the command runs.
  int start();

  /// Whether it has ended; never blocks.
  bool has_ended();

  /// Sends it a signal. REQUIRES: it has not been seen to end.
  void signal(int number) const { ::kill(pid_, number); }

  /// As wait(2) has it. REQUIRES: has_ended() said so.
  int wait_status() const { return status_; }

 private:
  [[noreturn]] static void become(const std::vector<std::string>& command, int gate, int report);

  pid_t pid_ = -1;
  int gate_ = -1;    // written to by start(); closed without that, the child goes away
  int report_ = -1;  // the child's errno, or end of file from a successful exec
  bool ended_ = false;
  int status_ = 0;
};

}  // namespace memprof::cli
