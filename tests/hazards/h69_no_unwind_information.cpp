#include <catch2/catch.hpp>
#include <fstream>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("A program without unwind information is counted exactly, its stacks marked as cut",
          "[h69]") {
  const char* const program = GENERATE("h69_unknown", "h69_stripped", "h69_fp_only");
  DYNAMIC_SECTION(program) {
    Scenario scenario(program, {});
    scenario.command.argv.push_back(scenario.ledgers / "counts");
    check_same(scenario);
    uint64_t counts[3] = {};  // of the last run: a file begins with zeros
    std::ifstream(scenario.ledgers / "counts").read(reinterpret_cast<char*>(counts), sizeof counts);
    REQUIRE(counts[0] > 20'000);
    const Process& process = scenario.process();
    CHECK(process.own_counts().allocations * 2 == counts[0]);
    CHECK(process.own_counts().frees * 2 == counts[1]);
    CHECK(process.own_counts().bytes_allocated * 2 == counts[2]);
    CHECK(process.heap.health.cut_stacks >= process.own_counts().allocations);
    CHECK(process.heap.health.lost_events == 0);
    // What calls malloc is known all the same.
    for (const heap::Site& site : process.heap.sites) {
      CHECK(process.module_of(process.frames(site).front()).path == process.identity.exe);
    }
  }
}

}  // namespace
}  // namespace memprof::test
