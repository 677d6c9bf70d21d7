#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/e2e/scenario.h"

namespace memprof::test {
namespace {

TEST_CASE("Threads that work side by side are counted to the byte", "[threads]") {
  const char* const count = GENERATE("1", "8", "32");
  Scenario scenario("threads", {"work", "LEDGERS", count});
  REQUIRE(scenario.run().status == 0);
  check_own_counts(scenario.process(), scenario.ledger());
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
