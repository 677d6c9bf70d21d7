#include <catch2/catch.hpp>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("Exit handlers and thread keys are registered and run as alone, and take as much memory",
          "[h05]") {
  // One of the 32 keys that need no memory is ours, and one of each 32 that share a block.
  const char* const keys = GENERATE("1", "31", "33", "63");
  Scenario scenario("h05_registers", {"LEDGERS", keys});
  check_same(scenario);
  check_own_counts(scenario.process(), scenario.ledger());
}

}  // namespace
}  // namespace memprof::test
