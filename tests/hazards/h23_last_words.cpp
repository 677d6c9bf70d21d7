#include <catch2/catch.hpp>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("What ending threads allocate and free is recorded to their last destructor", "[h23]") {
  const char* const mode = GENERATE("all", "unheard", "load");
  DYNAMIC_SECTION(mode) {
    Scenario scenario("h23_last_words", {mode, "LEDGERS", "100"});
    REQUIRE(scenario.run().status == 0);
    check_own_counts(scenario.process(), scenario.ledger());
    CHECK(scenario.process().own_counts().live_blocks == 0);
    CHECK(scenario.process().heap.totals.foreign_frees == 0);
  }
}

}  // namespace
}  // namespace memprof::test
