#include <catch2/catch.hpp>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("A failing operator new calls its handlers, retries and throws as alone", "[h17]") {
  Scenario scenario("h17_default", {"LEDGERS"});
  check_same(scenario);
  // No failed call left an event.
  check_own_counts(scenario.process(), scenario.ledger());
  CHECK(scenario.process().heap.totals.bytes_allocated < 1'000'000);
}

TEST_CASE("A program's own operator new is used, and its malloc is what is recorded", "[h17]") {
  Scenario scenario("h17_own", {"LEDGERS"});
  check_same(scenario);
  const heap::Counts made =
      scenario.process().counts_by_function().at("operator new(unsigned long)");
  CHECK(made.allocations == 1);
  CHECK(made.bytes_allocated == 499 + 16);
  CHECK(made.live_blocks == 0);
}

}  // namespace
}  // namespace memprof::test
