#include <catch2/catch.hpp>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("A program with all the mappings it may have goes on, and what is missing is counted",
          "[h60]") {
  Scenario scenario("h56_limited", {"mappings", "LEDGERS", test_program("child")});
  check_same(scenario);
  const heap::ProcessHeap& heap = scenario.process().heap;
  if (heap.health.lost_events == 0) {
    check_own_counts(scenario.process(), scenario.ledger(), Cuts::kAllowed);
  } else {
    CHECK(heap.health.truncated);
  }
}

}  // namespace
}  // namespace memprof::test
