#include <catch2/catch.hpp>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("A program with one thread may do all that only such programs may, and gets its signals",
          "[h28]") {
  Scenario scenario("h28_alone", {});
  check_same(scenario);
  CHECK(scenario.process().heap.totals.allocations > 100'000);  // through all that it tries
}

}  // namespace
}  // namespace memprof::test
