#include <catch2/catch.hpp>

#include "analyzer/profile/open_run.h"
#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

const char* const kClock = MEMPROF_TEST_PROGRAMS "/libh74_clock.so";

TEST_CASE("While the clock jumps back and forth by hours, order and counts stay exact", "[h74]") {
  const bool clock_first = GENERATE(true, false);
  DYNAMIC_SECTION((clock_first ? "the clock first" : "the recorder first")) {
    Scenario scenario("threads", {"hand_over", "LEDGERS", "8"});
    preload_also(scenario.command, kClock, clock_first);
    REQUIRE(scenario.run().status == 0);
    const Process& process = scenario.process();
    check_own_counts(process, scenario.ledger());
    // A death taken for earlier than its birth would be a foreign one.
    CHECK(process.heap.totals.foreign_frees == 0);
    // The peak of blocks that all threads hold at once, and that others free.
    constexpr uint64_t kBlocks = 8 * 500;
    CHECK(process.own_counts().peak_blocks == kBlocks);
  }
}

TEST_CASE("Where time runs backwards a report is made all the same", "[h74]") {
  Scenario scenario("child", {"LEDGERS", "root"});
  preload_also(scenario.command, kClock, /*before=*/true);
  REQUIRE(scenario.run().status == 0);
  check_totals(scenario.process(), scenario.ledger());
  const profile::Run report = profile::open_run(scenario.traces.path());
  REQUIRE(report.processes.size() == 1);
  CHECK(report.not_covered.empty());
}

}  // namespace
}  // namespace memprof::test
