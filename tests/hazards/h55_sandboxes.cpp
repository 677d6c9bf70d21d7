#include <catch2/catch.hpp>

#include "analyzer/profile/open_run.h"
#include "tests/hazards/differential.h"

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

TEST_CASE("A program started under a filter that kills for our system calls runs, and is named",
          "[h55]") {
  const char* const how = GENERATE("prctl", "syscall");
  DYNAMIC_SECTION(how) {
    Scenario scenario("h55_filtered", {how, "LEDGERS", test_program("child")});
    check_same(scenario);
    CHECK(scenario.ledger("child").page().finished == 1);
    const profile::Run run = profile::open_run(scenario.traces.path());
    REQUIRE(run.not_covered.size() == 1);
    CHECK(run.not_covered[0].exe == test_program("child"));
    CHECK(run.not_covered[0].reason.find("sandbox") != std::string::npos);
  }
}

}  // namespace
}  // namespace memprof::test
