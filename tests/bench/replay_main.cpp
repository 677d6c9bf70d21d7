// memprof_bench_replay CORES FILE...: replays each trace with all its stacks, on so many processors
// at most, and prints for each: its events (births and deaths), how long that took and the CPU time
// it took, both in ns, and the highest RSS of this program so far, in bytes. Four numbers in a
// line.
#include <tbb/global_control.h>

#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>

#include "analyzer/heap/replay.h"
#include "analyzer/trace/trace_file.h"

namespace memprof::bench {
namespace {

uint64_t cpu_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

/// VmHWM: what wait4 says would count the memory of whoever started this program, too.
uint64_t highest_rss() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::strtoull(line.c_str() + 6, nullptr, 10) << 10;
  }
  throw std::runtime_error("/proc/self/status: no VmHWM");
}

void replay(const char* path) {
  const uint64_t cpu = cpu_ns();
  const auto begin = std::chrono::steady_clock::now();
  const trace::TraceFile file = trace::TraceFile::open(path);
  const heap::ProcessHeap heap = heap::replay(file, {});
  const std::chrono::nanoseconds wall = std::chrono::steady_clock::now() - begin;
  if (heap.health.damaged_bytes != 0) throw std::runtime_error(std::string(path) + ": damaged");
  std::printf("%llu %lld %llu %llu\n",
              static_cast<unsigned long long>(heap.totals.allocations + heap.totals.frees +
                                              heap.totals.foreign_frees),
              static_cast<long long>(wall.count()), static_cast<unsigned long long>(cpu_ns() - cpu),
              static_cast<unsigned long long>(highest_rss()));
}

}  // namespace
}  // namespace memprof::bench

int main(int argc, char** argv) {
  const unsigned long cores = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 0;
  if (argc < 3 || cores == 0) {
    std::fputs("usage: memprof_bench_replay CORES FILE...\n", stderr);
    return 2;
  }
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, cores);
  try {
    for (int i = 2; i < argc; ++i) memprof::bench::replay(argv[i]);
    if (std::fflush(stdout) != 0) throw std::runtime_error("standard output: cannot write");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "memprof_bench_replay: error: %s\n", error.what());
    return 1;
  }
  return 0;
}
