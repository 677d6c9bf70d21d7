// long_trace FILE EVENTS [THREADS [BLOCKS]]: writes a trace of so many events, for measuring;
// prints what a report of it must say.
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "tests/support/long_trace.h"

int main(int argc, char** argv) {
  if (argc < 3 || argc > 5) {
    std::fputs("usage: long_trace FILE EVENTS [THREADS [BLOCKS]]\n", stderr);
    return 2;
  }
  const uint64_t events = std::strtoull(argv[2], nullptr, 10);
  const auto threads = static_cast<uint32_t>(argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 1);
  const size_t blocks = argc > 4 ? std::strtoull(argv[4], nullptr, 10) : 100'000;
  try {
    const memprof::test::LongTrace truth =
        memprof::test::write_long_trace(argv[1], events, threads, blocks);
    std::printf("allocations %lu frees %lu bytes %lu peak %lu live %lu\n", truth.allocations,
                truth.frees, truth.bytes_allocated, truth.peak_bytes, truth.live_bytes);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "long_trace: %s\n", error.what());
    return 1;
  }
  return 0;
}
