#include <catch2/catch.hpp>

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

// What would be written for each event would be one cache line's for all processors.
TEST_CASE("An event writes nothing that threads share", "[threads]") {
  constexpr uint64_t kPairs = 300;
  Scenario scenario("sharing", {std::to_string(kPairs)});
  const Result result = scenario.run();
  CHECK(result.out == "");
  REQUIRE(result.status == 0);
  CHECK(scenario.process().heap.totals.allocations > kPairs);
}

}  // namespace
}  // namespace memprof::test
