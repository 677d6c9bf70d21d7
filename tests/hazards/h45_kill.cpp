#include <signal.h>
#include <time.h>

#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "tests/e2e/scenario.h"

namespace memprof::test {
namespace {

constexpr unsigned kThreads = 4;
constexpr unsigned kRounds = 200;

/// Waits until the program's threads have made that many allocations together.
void wait_for_allocations(const Scenario& scenario, uint64_t count) {
  const timespec pause{0, 20'000};
  for (unsigned tries = 0; tries < 1'000'000; ++tries) {
    try {
      const LedgerReader kept = scenario.ledger();
      while (kept.sum().allocations < count) {
        if (++tries > 1'000'000) break;
        nanosleep(&pause, nullptr);
      }
      return;
    } catch (const std::runtime_error&) {
      nanosleep(&pause, nullptr);  // It has not made its ledger yet.
    }
  }
}

TEST_CASE("Killed at any instant, a program has every call that had returned in its trace",
          "[h45]") {
  const uint32_t seed = std::random_device()();
  std::mt19937 random(seed);
  for (unsigned round = 0; round < kRounds; ++round) {
    const uint64_t when = 1 + random() % 40'000;
    INFO("seed " << seed << " round " << round << " killed after " << when << " allocations");
    Scenario scenario("killed", {"LEDGERS"});
    RunningProgram program(scenario.command);
    wait_for_allocations(scenario, when);
    program.kill(SIGKILL);
    const Result result = program.finish();
    REQUIRE(result.signalled);
    REQUIRE(result.status == SIGKILL);

    const LedgerReader kept = scenario.ledger();
    const Process& process = scenario.process_of(kept, "killed");
    const std::map<std::string, heap::Counts> counts = process.counts_by_function();
    for (unsigned thread = 0; thread < kThreads; ++thread) {
      const ledger::Account& account = kept.page().accounts[thread];
      const std::string name =
          "void* (anonymous namespace)::allocate<" + std::to_string(thread) + "u>(unsigned int)";
      INFO(name);
      const auto found = counts.find(name);
      const heap::Counts counted = found == counts.end() ? heap::Counts{} : found->second;
      CHECK(counted.allocations >= account.allocations);
      CHECK(counted.allocations <= account.allocations_begun);
      CHECK(counted.frees >= account.frees);
      CHECK(counted.frees <= account.frees_begun);
      CHECK(account.allocations_begun - account.allocations <= 1);
    }
    CHECK(process.sums_agree());
    CHECK(process.heap.health.lost_events == 0);
    CHECK(process.heap.health.damaged_bytes == 0);
    CHECK(process.heap.health.reused_live == 0);
    CHECK(process.heap.totals.foreign_frees == 0);
    CHECK(process.heap.end == heap::End::kOpen);
  }
}

}  // namespace
}  // namespace memprof::test
