#include <catch2/catch.hpp>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("A process may end while sixteen threads allocate and handlers hold the loader's lock",
          "[h49]") {
  for (unsigned round = 0; round < 5; ++round) {
    INFO("round " << round);
    Scenario scenario("h49_late", {"LEDGERS"});
    CHECK(scenario.run().status == 13);
    const ledger::Account truth = scenario.ledger().sum();
    const heap::Counts counts = scenario.process().own_counts();
    CHECK(counts.allocations >= truth.allocations);
    CHECK(counts.allocations <= truth.allocations_begun);
    CHECK(counts.frees >= truth.frees);
    CHECK(counts.frees <= truth.frees_begun);
    CHECK(scenario.process().heap.end == heap::End::kExit);
    CHECK(scenario.process().heap.health.lost_events == 0);
    CHECK(scenario.process().sums_agree());
  }
}

}  // namespace
}  // namespace memprof::test
