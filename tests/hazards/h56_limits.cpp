#include <catch2/catch.hpp>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("Little address space is no reason to fail", "[h56]") {
  Scenario scenario("child", {"LEDGERS", "root", "100000"});
  scenario.command.limits.emplace_back(RLIMIT_AS, rlim_t{64} << 20);
  check_same(scenario);
  check_totals(scenario.process(), scenario.ledger());
}

TEST_CASE("Limits on descriptors, memory and processes hit the program as they do alone", "[h56]") {
  const char* const mode = GENERATE("none", "descriptors", "data", "stack", "locked", "processes");
  DYNAMIC_SECTION(mode) {
    Scenario scenario("h56_limited", {mode, "LEDGERS", test_program("child")});
    if (run(native(scenario.command)).status == 77) {
      WARN("not allowed here: skipped");
      return;
    }
    check_same(scenario);
    check_own_counts(scenario.process(), scenario.ledger());
  }
}

}  // namespace
}  // namespace memprof::test
