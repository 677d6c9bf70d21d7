#include <catch2/catch.hpp>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("Frames that lead anywhere end the walk and nothing else", "[h33]") {
  const char* const mode = GENERATE("main", "thread");
  DYNAMIC_SECTION(mode) {
    Scenario scenario("h33_wild", {mode, "LEDGERS"});
    check_same(scenario);
    check_own_counts(scenario.process(), scenario.ledger(), Cuts::kAllowed);
    CHECK(scenario.process().heap.health.cut_stacks > 0);
  }
}

}  // namespace
}  // namespace memprof::test
