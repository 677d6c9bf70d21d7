// Replay: walks that are cut short because the last one is known must come out as if they had not
// been.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/e2e/scenario.h"

namespace memprof::test {
namespace {

bool has_frame_of(const Process& process, const heap::Site& site, const Functions& functions,
                  const std::string& name) {
  for (const heap::Location& location : process.frames(site)) {
    if (!process.in_executable(location)) continue;
    const uint64_t offset = location.lookup_address() - process.module_of(location).bias;
    if (functions.at(offset).find(name) != std::string::npos) return true;
  }
  return false;
}

TEST_CASE("Return addresses that an earlier stack has left behind are not taken for the present's",
          "[replay]") {
  Scenario scenario("stale", {"slots"});
  REQUIRE(scenario.run().status == 0);
  const Process& process = scenario.process();
  const Functions functions(process.identity.exe);
  uint64_t through = 0;
  uint64_t direct = 0;
  for (const heap::Site& site : process.heap.sites) {
    if (!has_frame_of(process, site, functions, "leaf")) continue;
    const uint64_t size = site.counts.bytes_allocated / site.counts.allocations;
    REQUIRE((size == 1009 || size == 1013));
    REQUIRE(site.counts.bytes_allocated % size == 0);
    CHECK(has_frame_of(process, site, functions, "between") == (size == 1009));
    (size == 1009 ? through : direct) += site.counts.allocations;
  }
  CHECK(through == 100);
  CHECK(direct == 100);
}

/// Each stack is walked with replay, without, and by libunwind; the process aborts where they
/// differ.
void check_by_comparing(Scenario& scenario) {
  scenario.command.with("MEMPROF_UNWIND", "compare");
  const Result result = scenario.run();
  INFO(result.err);
  CHECK_FALSE(result.signalled);
  CHECK(result.status == 0);
  CHECK(result.err == "");
  CHECK(scenario.process().heap.health.lost_events == 0);
}

TEST_CASE("Random chains of all kinds of frames are walked the same with and without replay",
          "[replay]") {
  Scenario scenario("stale", {"random", "40000"});
  check_by_comparing(scenario);
  CHECK(scenario.process().heap.totals.allocations >= 40000);
}

// Not with handlers that allocate: libunwind's locks cannot be entered twice.
TEST_CASE("Exceptions and reloaded libraries are walked the same with and without replay",
          "[replay]") {
  SECTION("exceptions") {
    Scenario scenario("throws", {"LEDGERS"});
    scenario.command.with("MEMPROF_UNWIND", "compare");
    const Result result = scenario.run();
    CHECK(result.err.find("stacks differ") == std::string::npos);
  }
  SECTION("a library where another was") {
    Scenario scenario("reload", {test_program("libfirst.so"), test_program("libsecond.so")});
    check_by_comparing(scenario);
  }
}

}  // namespace
}  // namespace memprof::test
