#include <catch2/catch.hpp>

#include "tests/e2e/scenario.h"

namespace memprof::test {
namespace {

constexpr uint64_t kBlocksEach = 500;  // as in threads.cpp

uint64_t share_bytes(unsigned thread) {
  uint64_t bytes = 0;
  for (unsigned block = 0; block < kBlocksEach; ++block) bytes += 17 + thread * 13 + block % 101;
  return bytes;
}

TEST_CASE("Blocks that other threads free are matched, and the peak of all threads is exact",
          "[h19]") {
  const unsigned count = GENERATE(1u, 8u, 32u);
  Scenario scenario("threads", {"hand_over", "LEDGERS", std::to_string(count)});
  REQUIRE(scenario.run().status == 0);
  const Process& process = scenario.process();
  check_own_counts(process, scenario.ledger());
  uint64_t peak_bytes = 0;
  for (unsigned thread = 0; thread < count; ++thread) peak_bytes += share_bytes(thread);
  // All threads hold their whole share at one moment; what the loader holds for them stays the
  // same.
  CHECK(process.own_counts().peak_bytes == peak_bytes);
  CHECK(process.own_counts().peak_blocks == count * kBlocksEach);
  CHECK(process.heap.totals.foreign_frees == 0);
}

}  // namespace
}  // namespace memprof::test
