#include <catch2/catch.hpp>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("Handlers that allocate while the recorder is at work lose nothing", "[h29]") {
  const char* const mode = GENERATE("storm", "signal_stack");
  Scenario scenario("signals", {mode, "LEDGERS"});
  REQUIRE(scenario.run().status == 0);
  check_own_counts(scenario.process(), scenario.ledger());
}

TEST_CASE("A handler may allocate after every instruction of a thread's first events", "[h29]") {
  Scenario scenario("h29_steps", {"handlers", "LEDGERS"});
  REQUIRE(scenario.run().status == 0);
  REQUIRE(scenario.ledger().page().accounts[1].allocations > 10'000);
  check_own_counts(scenario.process(), scenario.ledger());
}

TEST_CASE("Handlers that interrupt handlers in the recorder are counted as lost, one by one",
          "[h29]") {
  Scenario scenario("h29_steps", {"deep", "LEDGERS"});
  REQUIRE(scenario.run().status == 0);
  const Process& process = scenario.process();
  const LedgerReader kept = scenario.ledger();
  const ledger::Account truth = kept.sum();
  const heap::Counts& counts = process.heap.totals;
  const uint64_t lost = process.heap.health.lost_events;
  CHECK(lost > 0);
  // What is lost here is always the deepest handler's.
  const ledger::Account& deepest = kept.page().accounts[2];
  CHECK(lost <= deepest.allocations + deepest.frees);
  CHECK(counts.allocations + counts.frees + process.heap.totals.foreign_frees + lost ==
        truth.allocations + truth.frees);
  CHECK(process.sums_agree());
  CHECK(process.heap.health.damaged_bytes == 0);
}

}  // namespace
}  // namespace memprof::test
