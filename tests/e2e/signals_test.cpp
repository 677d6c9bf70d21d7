#include <signal.h>

#include <catch2/catch.hpp>

#include "tests/e2e/scenario.h"

namespace memprof::test {
namespace {

TEST_CASE("Handlers that allocate while the recorder is at work lose nothing", "[signals]") {
  const char* const mode = GENERATE("storm", "signal_stack");
  Scenario scenario("signals", {mode, "LEDGERS"});
  REQUIRE(scenario.run().status == 0);
  check_own_counts(scenario.process(), scenario.ledger());
}

TEST_CASE("Fibers on stacks of their own are walked to their ends and counted", "[signals]") {
  Scenario scenario("signals", {"fibers", "LEDGERS"});
  REQUIRE(scenario.run().status == 0);
  // The C library has no unwind information for the place that fibers begin at: their stacks end
  // there, cut.
  const Process& process = scenario.process();
  check_own_counts(process, scenario.ledger(), Cuts::kAllowed);
  for (const heap::Site& site : process.heap.sites) {
    std::vector<std::string> names;
    const Functions functions(process.identity.exe);
    for (const heap::Location& location : process.frames(site)) {
      if (!process.in_executable(location)) continue;
      names.push_back(functions.at(location.lookup_address() - process.module_of(location).bias));
    }
    CHECK(names == std::vector<std::string>{"ledger::Worker::step()",
                                            "(anonymous namespace)::run_fiber(unsigned int)"});
  }
}

/// What was recorded of one account's work, by its function.
void check_between(const heap::Counts& counts, const ledger::Account& account, uint64_t lost) {
  CHECK(counts.allocations + lost >= account.allocations);
  CHECK(counts.allocations <= account.allocations_begun);
  CHECK(counts.frees + lost >= account.frees);
  CHECK(counts.frees <= account.frees_begun);
}

TEST_CASE("Handlers that jump out of the recorder leave it able to go on", "[signals]") {
  Scenario scenario("signals", {"jumps", "LEDGERS"});
  REQUIRE(scenario.run().status == 0);
  const Process& process = scenario.process();
  const LedgerReader kept = scenario.ledger();
  const std::map<std::string, heap::Counts> counts = process.counts_by_function();
  CHECK(process.sums_agree());
  CHECK(process.heap.health.damaged_bytes == 0);
  CHECK(process.heap.health.lost_events == 0);
  const auto counts_of = [&](const std::string& name) {
    for (const auto& [function, found] : counts) {
      if (function.find(name) != std::string::npos) return found;
    }
    return heap::Counts{};
  };
  check_between(counts_of("work_until_jump"), kept.page().accounts[0], 0);
  check_between(counts_of("jump_out"), kept.page().accounts[1], 0);
  // After the last jump all is as always.
  const ledger::Account& after = kept.page().accounts[2];
  CHECK(counts_of("Worker::step").allocations == after.allocations);
  CHECK(counts_of("Worker::step").frees == after.frees);
  CHECK(counts_of("Worker::step").bytes_allocated == after.bytes_allocated);
}

TEST_CASE("After a stack overflow that was survived, recording goes on", "[signals]") {
  Scenario scenario("signals", {"overflow", "LEDGERS"});
  scenario.command.limits.emplace_back(RLIMIT_STACK, rlim_t{512 * 1024});
  const Result result = scenario.run();
  REQUIRE_FALSE(result.signalled);
  REQUIRE(result.status == 0);
  const LedgerReader kept = scenario.ledger();
  const ledger::Account& after = kept.page().accounts[2];
  const std::map<std::string, heap::Counts> counts = scenario.process().counts_by_function();
  CHECK(counts.at("ledger::Worker::step()").allocations == after.allocations);
  CHECK(counts.at("ledger::Worker::step()").bytes_allocated == after.bytes_allocated);
  CHECK(scenario.process().sums_agree());
}

}  // namespace
}  // namespace memprof::test
