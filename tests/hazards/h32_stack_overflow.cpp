#include <catch2/catch.hpp>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("After a stack overflow that was survived, recording goes on", "[h32]") {
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

TEST_CASE("A handler that ends the program on a stack overflow does so as alone", "[h32]") {
  Scenario scenario("signals", {"overflow_exit", "LEDGERS"});
  scenario.command.limits.emplace_back(RLIMIT_STACK, rlim_t{512 * 1024});
  check_same(scenario);
  // The overflow may come in the middle of a call.
  const LedgerReader kept = scenario.ledger();
  const ledger::Account& truth = kept.page().accounts[0];
  const uint64_t allocations = scenario.process().heap.totals.allocations;
  CHECK(allocations >= truth.allocations);
  CHECK(allocations <= truth.allocations_begun);
}

}  // namespace
}  // namespace memprof::test
