#include "analyzer/cli/background_packer.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <exception>
#include <optional>

#include "analyzer/cli/symbol_arguments.h"
#include "analyzer/cli/trace_directory.h"
#include "analyzer/profile/file/trace_packer.h"

namespace memprof::cli {
namespace {

constexpr int kRoundMs = 200;

void step_back() {
  constexpr int kNicest = 19;
  ::setpriority(PRIO_PROCESS, 0, kNicest);
  sched_param none{};
  ::sched_setscheduler(0, SCHED_IDLE, &none);
  constexpr int kWhoProcess = 1;
  constexpr int kClassIdle = 3 << 13;
  ::syscall(SYS_ioprio_set, kWhoProcess, 0, kClassIdle);
}

void pack(const std::string& directory, const std::string& file, bool remove, int stop) {
  std::optional<profile::ProfileWriter> writer;
  std::optional<profile::TracePacker> packer;
  const auto names = frames_for({});
  profile::PackPolicy policy;
  policy.has_ended = trace_has_ended;
  policy.remove = remove;
  policy.all = false;
  for (;;) {
    pollfd stopped{stop, 0, 0};
    if (::poll(&stopped, 1, kRoundMs) != 0) return;
    if (!writer) writer = profile::open_writer(directory, file, profile::kFoldPercent);
    if (!writer) continue;
    if (!packer) packer.emplace(directory, *writer, *names);
    packer->fold(policy);
  }
}

}  // namespace

BackgroundPacker::BackgroundPacker(const std::string& directory, const std::string& file,
                                   bool remove) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ != 0) {
    ::close(ends[0]);
    stop_ = ends[1];
    return;
  }
  ::close(ends[1]);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(0);
  // What a terminal sends is for the command.
  for (const int number : {SIGINT, SIGQUIT, SIGHUP, SIGIO}) ::signal(number, SIG_IGN);
  step_back();
  try {
    pack(directory, file, remove, ends[0]);
  } catch (const std::exception&) {
    // Who has started us comes to the same error at the end, and says it.
  }
  ::_exit(0);
}

BackgroundPacker::~BackgroundPacker() {
  stop();
}

void BackgroundPacker::stop() {
  if (stop_ >= 0) ::close(stop_);
  stop_ = -1;
  if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

}  // namespace memprof::cli
