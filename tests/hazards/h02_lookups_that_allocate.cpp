#include <catch2/catch.hpp>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("Failing lookups, whose messages are allocated, work anywhere", "[h02]") {
  Scenario scenario("h02_lookups", {"LEDGERS"});
  check_same(scenario);
  check_own_counts(scenario.process(), scenario.ledger());
}

TEST_CASE("Another library that wraps the heap, looking it up as it goes, works on either side",
          "[h02]") {
  const bool before = GENERATE(true, false);
  INFO((before ? "before" : "after") << " the recorder");
  Scenario scenario("h02_lookups", {"LEDGERS"});
  preload_also(scenario.command, test_program("libh02_wrapper.so"), before);
  check_same(scenario);
  // A wrapper in front of us is who calls us: the stacks begin in it.
  if (!before) check_own_counts(scenario.process(), scenario.ledger());
  CHECK(scenario.process().heap.totals.allocations >= scenario.ledger().sum().allocations);
  CHECK(scenario.process().heap.health.lost_events == 0);
}

}  // namespace
}  // namespace memprof::test
