#include <catch2/catch.hpp>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("Threads that all make their first call at once, before our constructor, lose none",
          "[h06]") {
  const Functions functions(test_program("libh01_other.so"));
  const int rounds = long_run() ? 300 : 20;
  for (int round = 0; round < rounds; ++round) {
    const bool before = round % 2 == 0;
    Scenario scenario("h01_first", {"LEDGERS"});
    preload_also(scenario.command, test_program("libh01_other.so"), before);
    CHECK(scenario.run().status == 0);
    const Process& process = scenario.process();
    uint64_t births = 0;
    uint64_t frees = 0;
    for (const heap::Site& site : process.heap.sites) {
      const heap::Location innermost = process.frames(site).front();
      if (process.module_name(innermost) != "libh01_other.so") continue;
      if (functions.at(innermost.lookup_address() - process.module_of(innermost).bias) !=
          "h06_first_calls") {
        continue;
      }
      births += site.counts.allocations;
      frees += site.counts.frees;
    }
    CHECK(births == 4000);
    CHECK(frees == 4000);
    CHECK(process.heap.health.lost_events == 0);
    CHECK(scenario.recording().processes().size() == 1);
  }
}

}  // namespace
}  // namespace memprof::test
