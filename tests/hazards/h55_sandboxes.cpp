#include <catch2/catch.hpp>

#include "tests/e2e/scenario.h"

namespace memprof::test {
namespace {

TEST_CASE("In a sandbox the recorder makes no system call and reads no TSC, and records on",
          "[h55]") {
  const std::string mode = GENERATE("none", "strict", "strict_by_syscall", "no_tsc");
  INFO(mode);
  Scenario scenario("sandboxed", {mode, "LEDGERS", "300"});
  const Result result = scenario.run();
  CHECK(result.status == 7);
  CHECK(scenario.ledger().page().finished == 1);
  check_own_counts(scenario.process(), scenario.ledger());
  CHECK(scenario.process().own_counts().live_blocks == 1);
}

TEST_CASE("What a sandboxed program does beyond the memory that is there is counted as lost",
          "[h55]") {
  const std::string mode = GENERATE("strict", "no_tsc");
  INFO(mode);
  Scenario scenario("sandboxed", {mode, "LEDGERS", "300000"});
  const Result result = scenario.run();
  CHECK(result.status == 7);
  const heap::ProcessHeap& heap = scenario.process().heap;
  CHECK(heap.health.truncated);
  CHECK(heap.health.stop_reason == "the process entered a sandbox");
  const LedgerReader kept = scenario.ledger();
  const uint64_t made = kept.sum().allocations + kept.sum().frees;
  const uint64_t recorded = heap.totals.allocations + heap.totals.frees + heap.totals.foreign_frees;
  CHECK(recorded > 600);
  CHECK(made == recorded + heap.health.lost_events);
}

}  // namespace
}  // namespace memprof::test
