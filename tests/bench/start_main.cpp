// memprof_bench_start RUNS [NAME=VALUE...] PROGRAM [ARGUMENT...]: starts the program RUNS times,
// one after the other, with those variables added to its environment, and prints for each run how
// long it took, from before the start to after the end, and its user and system time: two numbers
// in a line, in ns. It is small and starts by posix_spawn, so that next to nothing of the time is
// its own. What the program prints is lost.
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

constexpr long kMaxRuns = 1'000'000;

[[noreturn]] void fail(const char* what, const char* argument, const char* why) {
  std::fprintf(stderr, "memprof_bench_start: error: %s '%s': %s\n", what, argument, why);
  std::exit(2);
}

struct Cost {
  long long wall_ns;
  long long cpu_ns;
};

long long ns(const timeval& time) {
  return time.tv_sec * 1'000'000'000LL + time.tv_usec * 1000LL;
}

Cost run_once(char** command, char** environment, const posix_spawn_file_actions_t& actions) {
  const auto start = std::chrono::steady_clock::now();
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, command[0], &actions, nullptr, command, environment);
  if (error != 0) fail("cannot start", command[0], std::strerror(error));
  int status = 0;
  rusage usage{};
  while (wait4(pid, &status, 0, &usage) < 0) {
    if (errno != EINTR) fail("cannot wait for", command[0], std::strerror(errno));
  }
  const auto took = std::chrono::steady_clock::now() - start;
  if (status != 0) fail("a run failed:", command[0], "it ended with another status than 0");
  return {std::chrono::duration_cast<std::chrono::nanoseconds>(took).count(),
          ns(usage.ru_utime) + ns(usage.ru_stime)};
}

}  // namespace

int main(int argc, char** argv) {
  const long runs = argc > 1 ? std::strtol(argv[1], nullptr, 10) : 0;
  if (runs < 1 || runs > kMaxRuns) {
    fail("RUNS", argc > 1 ? argv[1] : "", "must be a number from 1 to 1000000");
  }
  std::vector<char*> environment;
  int at = 2;
  while (at < argc && std::strchr(argv[at], '=') != nullptr) environment.push_back(argv[at++]);
  if (at == argc) fail("PROGRAM", "", "is missing");
  for (char** variable = environ; *variable != nullptr; ++variable)
    environment.push_back(*variable);
  environment.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::vector<Cost> costs;
  for (long i = 0; i < runs; ++i) {
    costs.push_back(run_once(argv + at, environment.data(), actions));
  }
  for (const Cost& cost : costs) std::printf("%lld %lld\n", cost.wall_ns, cost.cpu_ns);
  return std::fflush(stdout) == 0 ? 0 : 1;
}
