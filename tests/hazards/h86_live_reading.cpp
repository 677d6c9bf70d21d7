#include <signal.h>

#include <catch2/catch.hpp>
#include <ctime>

#include "analyzer/profile/open_run.h"
#include "tests/e2e/scenario.h"

namespace memprof::test {
namespace {

/// What starting threads may allocate beside the program's own.
constexpr uint64_t kOfLibraries = 64;

/// All calls that had returned, and all that had begun.
struct Truth {
  uint64_t allocations;
  uint64_t allocations_begun;
};

Truth read_truth(const Scenario& scenario) {
  const LedgerReader kept = scenario.ledger();
  Truth truth{};
  for (const ledger::Account& account : kept.page().accounts) {
    truth.allocations += __atomic_load_n(&account.allocations, __ATOMIC_ACQUIRE);
    truth.allocations_begun += __atomic_load_n(&account.allocations_begun, __ATOMIC_ACQUIRE);
  }
  return truth;
}

/// Waits until the program has allocated more than that.
Truth wait_beyond(const Scenario& scenario, uint64_t allocations) {
  const timespec pause{0, 100'000};
  for (unsigned tries = 0; tries < 100'000; ++tries) {
    try {
      const Truth truth = read_truth(scenario);
      if (truth.allocations > allocations) return truth;
    } catch (const std::runtime_error&) {
      // It has not made its ledger yet.
    }
    nanosleep(&pause, nullptr);
  }
  FAIL("the program does not go on");
  return {};
}

TEST_CASE("A trace that is still being written reads as of then, again and again, and goes on",
          "[h86]") {
  Scenario scenario("killed", {"LEDGERS"});
  RunningProgram program(scenario.command);
  Truth before = wait_beyond(scenario, 2000);
  for (unsigned round = 0; round < 4; ++round) {
    INFO("round " << round);
    const profile::Run run = profile::open_run(scenario.traces.path());
    REQUIRE(run.processes.size() == 1);
    const uint64_t begun = read_truth(scenario).allocations_begun;
    const heap::ProcessHeap& heap = run.processes.front().heap;
    CHECK(heap.end == heap::End::kOpen);
    CHECK(heap.totals.allocations >= before.allocations);
    CHECK(heap.totals.allocations <= begun + kOfLibraries);
    CHECK(heap.totals.allocations - heap.totals.frees == heap.totals.live_blocks);
    // A chunk that fills while it is read may hand on what the reader has no longer looked for; no
    // byte is taken for damage because of that.
    CHECK(heap.health.lost_events == 0);
    CHECK(heap.health.damaged_bytes == 0);
    before = wait_beyond(scenario, before.allocations + 2000);
  }
  program.kill(SIGKILL);
  program.finish();
  const LedgerReader kept = scenario.ledger();
  const Process& process = scenario.process_of(kept, "killed");
  CHECK(process.own_counts().allocations >= before.allocations);
  CHECK(process.heap.health.lost_events == 0);
  CHECK(process.heap.health.damaged_bytes == 0);
  CHECK(process.sums_agree());
}

}  // namespace
}  // namespace memprof::test
