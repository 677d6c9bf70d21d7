#include <catch2/catch.hpp>

#include "tests/e2e/scenario.h"

namespace memprof::test {
namespace {

TEST_CASE("An exec that fails in a vfork child changes nothing for its parent", "[h38]") {
  Scenario scenario("processes", {"vfork_exec_fails", "LEDGERS", test_program("child")});
  REQUIRE(scenario.run().status == 0);
  check_own_counts(scenario.process(), scenario.ledger());
  CHECK(scenario.process().heap.end == heap::End::kExit);
  CHECK(scenario.recording().processes().size() == 1);
}

}  // namespace
}  // namespace memprof::test
