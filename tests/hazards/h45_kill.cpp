#include <signal.h>

#include <catch2/catch.hpp>
#include <random>

#include "tests/e2e/scenario.h"

namespace memprof::test {
namespace {

constexpr unsigned kThreads = 4;
constexpr unsigned kRounds = 200;

TEST_CASE("Killed at any instant, a program has every call that had returned in its trace",
          "[h45]") {
  const uint32_t seed = std::random_device()();
  std::mt19937 random(seed);
  for (unsigned round = 0; round < kRounds; ++round) {
    const uint64_t when = 1 + random() % 40'000;
    INFO("seed " << seed << " round " << round << " killed after " << when << " allocations");
    Scenario scenario("killed", {"LEDGERS"});
    RunningProgram program(scenario.command);
    wait_for_allocations(scenario.ledgers.path(), when);
    program.kill(SIGKILL);
    const Result result = program.finish();
    REQUIRE(result.signalled);
    REQUIRE(result.status == SIGKILL);

    const LedgerReader kept = scenario.ledger();
    const Process& process = scenario.process_of(kept, "killed");
    check_killed_counts(process, kept, kThreads);
    CHECK(process.heap.end == heap::End::kOpen);
  }
}

}  // namespace
}  // namespace memprof::test
