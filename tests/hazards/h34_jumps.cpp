#include <catch2/catch.hpp>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

/// What was recorded of one account's work, by its function.
void check_between(const heap::Counts& counts, const ledger::Account& account, uint64_t lost) {
  CHECK(counts.allocations + lost >= account.allocations);
  CHECK(counts.allocations <= account.allocations_begun);
  CHECK(counts.frees + lost >= account.frees);
  CHECK(counts.frees <= account.frees_begun);
}

TEST_CASE("Handlers that jump out of the recorder leave it able to go on", "[h34]") {
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

TEST_CASE("A handler may jump out of the recorder after any instruction of it", "[h34]") {
  const char* const stride = long_run() ? "1" : "47";
  Scenario scenario("h29_steps", {"jumps", "LEDGERS", stride});
  REQUIRE(scenario.run().status == 0);
  const Process& process = scenario.process();
  const LedgerReader kept = scenario.ledger();
  CHECK(process.sums_agree());
  CHECK(process.heap.health.damaged_bytes == 0);
  CHECK(process.heap.health.lost_events == 0);
  std::map<std::string, heap::Counts> counts = process.counts_by_function();
  const ledger::Account& left = kept.page().accounts[0];
  check_between(counts["(anonymous namespace)::leave_after(unsigned int)"], left, 0);
  REQUIRE(left.allocations_begun - left.allocations > 20);
  const ledger::Account& after = kept.page().accounts[2];
  CHECK(counts["ledger::Worker::step()"].allocations == after.allocations);
  CHECK(counts["ledger::Worker::step()"].frees == after.frees);
  CHECK(counts["ledger::Worker::step()"].bytes_allocated == after.bytes_allocated);
  // No stack has kept anything of one that was left.
  const Functions functions(process.identity.exe);
  for (const heap::Site& site : process.heap.sites) {
    std::vector<std::string> names;
    for (const heap::Location& location : process.frames(site)) {
      if (!process.in_executable(location)) continue;
      names.push_back(functions.at(location.lookup_address() - process.module_of(location).bias));
    }
    CHECK(names.size() == 4);  // with jumps(), main() and where that began
  }
}

}  // namespace
}  // namespace memprof::test
