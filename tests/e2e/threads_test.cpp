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

}  // namespace
}  // namespace memprof::test
