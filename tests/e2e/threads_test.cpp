#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/e2e/scenario.h"

namespace memprof::test {
namespace {

constexpr uint64_t kBlocksEach = 500;  // as in threads.cpp

uint64_t share_bytes(unsigned thread) {
  uint64_t bytes = 0;
  for (unsigned block = 0; block < kBlocksEach; ++block) bytes += 17 + thread * 13 + block % 101;
  return bytes;
}

TEST_CASE("Threads that work side by side are counted to the byte", "[threads]") {
  const char* const count = GENERATE("1", "8", "32");
  Scenario scenario("threads", {"work", "LEDGERS", count});
  REQUIRE(scenario.run().status == 0);
  check_own_counts(scenario.process(), scenario.ledger());
}

TEST_CASE("A block that has moved may be another thread's already when its move is recorded",
          "[threads]") {
  Scenario scenario("threads", {"resize", "LEDGERS", "4"});
  // One heap for all, which hands out at once what was just freed.
  scenario.command.with("GLIBC_TUNABLES", "glibc.malloc.arena_max=1:glibc.malloc.tcache_count=0");
  REQUIRE(scenario.run().status == 0);
  check_own_counts(scenario.process(), scenario.ledger());
  CHECK(scenario.process().heap.totals.foreign_frees == 0);
}

TEST_CASE("Blocks that other threads free are matched, and the peak of all threads is exact",
          "[threads]") {
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

TEST_CASE("What destructors of ending threads allocate and free is recorded in all their rounds",
          "[threads]") {
  Scenario scenario("threads", {"destructors", "LEDGERS", "200"});
  REQUIRE(scenario.run().status == 0);
  check_own_counts(scenario.process(), scenario.ledger());
  CHECK(scenario.process().own_counts().live_blocks == 0);
}

TEST_CASE("Threads with the smallest stacks there are can be recorded", "[threads]") {
  Scenario scenario("threads", {"small_stacks", "LEDGERS", "20"});
  REQUIRE(scenario.run().status == 0);
  check_own_counts(scenario.process(), scenario.ledger());
}

TEST_CASE("Two thousand short threads are recorded in a trace that does not grow with their number",
          "[threads]") {
  Scenario scenario("threads", {"short", "LEDGERS", "2000"});
  REQUIRE(scenario.run().status == 0);
  check_own_counts(scenario.process(), scenario.ledger());
  CHECK(scenario.process().own_counts().live_blocks == 0);
  // Threads that come after each other write to the same chunks.
  uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(scenario.traces.path())) {
    struct stat status {};
    REQUIRE(stat(entry.path().c_str(), &status) == 0);
    bytes += static_cast<uint64_t>(status.st_blocks) * 512;
  }
  CHECK(bytes < 1024 * 1024);
}

}  // namespace
}  // namespace memprof::test
