#include <catch2/catch.hpp>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("What posix_spawn, popen, system and wordexp start is as alone, and recorded", "[h39]") {
  Scenario scenario("h39_spawns", {"LEDGERS", test_program("child"), test_program("state")});
  check_same(scenario);
  check_own_counts(scenario.process(), scenario.ledger());
  const LedgerReader kept = scenario.ledger("spawned");
  check_totals(scenario.process_of(kept, "child"), kept);
  size_t states = 0;
  size_t shells = 0;
  for (const Process& process : scenario.recording().processes()) {
    states += process.exe_name() == "state";
    const std::string exe = process.exe_name();
    shells += exe == "dash" || exe == "sh" || exe == "bash";
  }
  CHECK(states == 4);
  CHECK(shells >= 3);
}

}  // namespace
}  // namespace memprof::test
