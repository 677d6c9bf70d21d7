// build_traces DIRECTORY PROCESSES EVENTS: writes the traces of a build, for measuring; prints what
// a profile of it must say.
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "tests/support/build_traces.h"

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: build_traces DIRECTORY PROCESSES EVENTS\n", stderr);
    return 2;
  }
  try {
    const memprof::test::BuildTruth truth = memprof::test::write_build(
        argv[1], static_cast<uint32_t>(std::strtoul(argv[2], nullptr, 10)),
        static_cast<uint32_t>(std::strtoul(argv[3], nullptr, 10)));
    std::printf("%lu %lu %lu %lu %lu %lu\n", truth.processes, truth.allocations, truth.frees,
                truth.bytes_allocated, truth.live_bytes, truth.peak_bytes);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "build_traces: %s\n", error.what());
    return 1;
  }
  return 0;
}
