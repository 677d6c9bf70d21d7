// memprof_bench_churn DEPTH PATTERN THREADS PAIRS: pairs of malloc and free, PAIRS in each thread,
// in the main thread itself where THREADS is 1. Prints the pairs made, and the wall and CPU time of
// making them (starting and ending the process left out), in ns: three numbers in a line.
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdio>

#include "tests/bench/churn.h"

namespace {

using memprof::bench::Pattern;

constexpr uint32_t kMaxThreads = 1024;

struct Work {
  Pattern pattern;
  uint32_t depth;
  uint64_t pairs;
  pthread_barrier_t start;
};

[[noreturn]] void fail(const char* what, const char* argument) {
  dprintf(STDERR_FILENO,
          "memprof_bench_churn: error: %s: '%s'\n"
          "usage: memprof_bench_churn DEPTH same_stack|new_leaf|all_new THREADS PAIRS\n",
          what, argument);
  exit(2);
}

uint64_t number(const char* what, const char* text, uint64_t max) {
  char* end = nullptr;
  const uint64_t value = strtoull(text, &end, 10);
  if (*text < '0' || *text > '9' || *end != 0 || value == 0 || value > max) fail(what, text);
  return value;
}

uint64_t now_ns(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

void* thread_main(void* argument) {
  auto& work = *static_cast<Work*>(argument);
  pthread_barrier_wait(&work.start);
  memprof::bench::churn(work.pattern, work.depth, work.pairs);
  return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) fail("four arguments are needed", argc > 1 ? argv[argc - 1] : "");
  const auto pattern = memprof::bench::pattern_of(argv[2]);
  if (!pattern) fail("no pattern of that name", argv[2]);
  static Work work;
  work.pattern = *pattern;
  work.depth =
      static_cast<uint32_t>(number("DEPTH is no such number", argv[1], memprof::bench::kMaxDepth));
  const auto threads =
      static_cast<uint32_t>(number("THREADS is no such number", argv[3], kMaxThreads));
  work.pairs = number("PAIRS is no such number", argv[4], UINT64_MAX / kMaxThreads);

  static pthread_t ids[kMaxThreads];
  pthread_barrier_init(&work.start, nullptr, threads + 1);
  for (uint32_t i = 0; threads > 1 && i < threads; ++i) {
    if (pthread_create(&ids[i], nullptr, thread_main, &work) != 0) {
      fail("cannot start so many threads", argv[3]);
    }
  }
  // The clocks are read first: once the barrier opens, the threads may be done before we run again.
  const uint64_t wall_ns = now_ns(CLOCK_MONOTONIC);
  const uint64_t cpu_ns = now_ns(CLOCK_PROCESS_CPUTIME_ID);
  if (threads > 1) {
    pthread_barrier_wait(&work.start);
    for (uint32_t i = 0; i < threads; ++i) pthread_join(ids[i], nullptr);
  } else {
    memprof::bench::churn(work.pattern, work.depth, work.pairs);
  }
  const uint64_t took_ns = now_ns(CLOCK_MONOTONIC) - wall_ns;
  const uint64_t took_cpu_ns = now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu_ns;
  char line[80];
  // Not printf and not dprintf, which allocate.
  const int bytes = snprintf(line, sizeof line, "%" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
                             work.pairs * threads, took_ns, took_cpu_ns);
  return write(STDOUT_FILENO, line, static_cast<size_t>(bytes)) == bytes ? 0 : 1;
}
