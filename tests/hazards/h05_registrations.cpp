#include <catch2/catch.hpp>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("Exit handlers and thread keys are registered and run as alone, and take as much memory",
          "[h05]") {
  // Of the 32 keys that need no memory ours is one.
  const char* const keys = GENERATE("1", "31");
  Scenario scenario("h05_registers", {"LEDGERS", keys});
  check_same(scenario);
  check_own_counts(scenario.process(), scenario.ledger());
}

TEST_CASE("With more thread keys than need no memory, nothing is lost", "[h05]") {
  Scenario scenario("h05_registers", {"LEDGERS", "64"});
  check_same(scenario);
  check_own_counts(scenario.process(), scenario.ledger());
}

}  // namespace
}  // namespace memprof::test
