#include "analyzer/cli/background_packer.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <exception>
#include <optional>
#include <utility>

#include "analyzer/cli/symbol_arguments.h"
#include "analyzer/cli/trace_directory.h"
#include "analyzer/profile/file/trace_packer.h"
#include "analyzer/profile/open_run.h"
#include "analyzer/trace/drained_file.h"

namespace memprof::cli {
namespace {

constexpr int kRoundMs = 200;
constexpr int kLookMs = 500;

void step_back() {
  constexpr int kNicest = 19;
  ::setpriority(PRIO_PROCESS, 0, kNicest);
  sched_param none{};
  ::sched_setscheduler(0, SCHED_IDLE, &none);
  constexpr int kWhoProcess = 1;
  constexpr int kClassIdle = 3 << 13;
  ::syscall(SYS_ioprio_set, kWhoProcess, 0, kClassIdle);
}

struct Job {
  const std::string& directory;
  const std::string& file;
  bool remove;
  uint64_t hurry_bytes;
};

/// Rounds of folding until the other end of `stop` is closed.
void pack(const Job& job, int stop) {
  std::optional<profile::ProfileWriter> writer;
  std::optional<profile::TracePacker> packer;
  const auto names = frames_for({});
  profile::PackPolicy policy;
  policy.has_ended = trace_has_ended;
  policy.remove = job.remove;
  policy.all = false;
  for (;;) {
    pollfd stopped{stop, 0, 0};
    if (::poll(&stopped, 1, kRoundMs) != 0) return;
    if (!writer) writer = profile::open_writer(job.directory, job.file, profile::kFoldPercent);
    if (!writer) continue;
    if (!packer) packer.emplace(job.directory, *writer, *names);
    packer->fold(policy);
  }
}

/// A forked process that can be told to stop by closing a pipe, and ends with who forked it.
class Child {
 public:
  template <typename Body>
  explicit Child(const Body& body) {
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
    try {
      body(ends[0]);
    } catch (const std::exception&) {
      // Who has started us comes to the same error at the end, and says it.
    }
    ::_exit(0);
  }
  ~Child() { stop(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  void stop() {
    if (stop_ >= 0) ::close(std::exchange(stop_, -1));
    if (pid_ > 0) ::waitpid(std::exchange(pid_, -1), nullptr, 0);
  }
  /// In the midst of its round. What it was about has not been removed.
  void kill() {
    if (pid_ > 0) ::kill(pid_, SIGKILL);
    stop();
  }

 private:
  pid_t pid_ = -1;
  int stop_ = -1;
};

uint64_t bytes_of_traces(const std::string& directory) {
  uint64_t bytes = 0;
  for (const std::string& path : profile::trace_paths(directory)) {
    for (const std::string& name : {path, trace::drained_path(path)}) {
      struct stat status {};
      if (::stat(name.c_str(), &status) == 0)
        bytes += static_cast<uint64_t>(status.st_blocks) * 512;
    }
  }
  return bytes;
}

/// Never folds itself: it forks, and so has to stay without threads.
void supervise(const Job& job, int stop) {
  std::optional<Child> worker;
  const auto start = [&](bool hurries) {
    worker.emplace([&](int worker_stop) {
      if (!hurries) step_back();
      pack(job, worker_stop);
    });
  };
  start(false);
  bool hurries = false;
  for (;;) {
    pollfd stopped{stop, 0, 0};
    if (::poll(&stopped, 1, kLookMs) != 0) return;
    // Traces that stay say nothing about how much is left.
    const uint64_t bytes = job.remove ? bytes_of_traces(job.directory) : 0;
    if (!hurries && bytes > job.hurry_bytes) {
      // It would need long for its round.
      worker->kill();
      start(hurries = true);
    } else if (hurries && bytes < job.hurry_bytes / 2) {
      worker->stop();
      start(hurries = false);
    }
  }
}

}  // namespace

struct BackgroundPacker::Supervisor {
  Child child;
};

BackgroundPacker::BackgroundPacker(const std::string& directory, const std::string& file,
                                   bool remove, uint64_t hurry_bytes)
    : supervisor_(new Supervisor{Child([&](int stop) {
        supervise({directory, file, remove, hurry_bytes}, stop);
      })}) {}

BackgroundPacker::~BackgroundPacker() = default;

void BackgroundPacker::stop() {
  supervisor_->child.stop();
}

}  // namespace memprof::cli
