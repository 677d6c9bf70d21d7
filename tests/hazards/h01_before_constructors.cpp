#include <catch2/catch.hpp>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("What is allocated while the program is relocated can be used, and is recorded",
          "[h01]") {
  Scenario scenario("h01_first", {"LEDGERS"});
  check_same(scenario);
  check_own_counts(scenario.process(), scenario.ledger());
}

TEST_CASE("What another preloaded library allocates as early can be used", "[h01]") {
  const bool before = GENERATE(true, false);
  INFO((before ? "before" : "after") << " the recorder");
  Scenario scenario("h01_first", {"LEDGERS"});
  preload_also(scenario.command, test_program("libh01_other.so"), before);
  check_same(scenario);
  check_own_counts(scenario.process(), scenario.ledger());
}

}  // namespace
}  // namespace memprof::test
