#include <catch2/catch.hpp>

#include "tests/e2e/scenario.h"

namespace memprof::test {
namespace {

TEST_CASE("A block that has moved may be another thread's already when its move is recorded",
          "[h18]") {
  Scenario scenario("threads", {"resize", "LEDGERS", "4"});
  // One heap for all, which hands out at once what was just freed.
  scenario.command.with("GLIBC_TUNABLES", "glibc.malloc.arena_max=1:glibc.malloc.tcache_count=0");
  REQUIRE(scenario.run().status == 0);
  check_own_counts(scenario.process(), scenario.ledger());
  CHECK(scenario.process().heap.totals.foreign_frees == 0);
}

}  // namespace
}  // namespace memprof::test
