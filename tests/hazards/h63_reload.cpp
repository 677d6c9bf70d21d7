#include <catch2/catch.hpp>

#include "tests/e2e/scenario.h"

namespace memprof::test {
namespace {

TEST_CASE("A library loaded where another was gets its own blocks, and no other's", "[h63]") {
  Scenario scenario("reload", {test_program("libfirst.so"), test_program("libsecond.so")});
  scenario.command.randomized = false;
  const Result result = scenario.run();
  REQUIRE(result.status == 0);
  // Otherwise this run has shown nothing.
  REQUIRE(result.out == "same\n");
  const Process& process = scenario.process();
  CHECK(process.sums_agree());
  std::map<std::string, heap::Counts> counts;
  for (const heap::Site& site : process.heap.sites) {
    const heap::Location innermost = process.frames(site).front();
    const std::string module = process.module_name(innermost);
    if (module != "libfirst.so" && module != "libsecond.so") continue;
    counts[module] += site.counts;
    const Functions functions(process.module_of(innermost).path);
    CHECK(functions.at(innermost.lookup_address() - process.module_of(innermost).bias) ==
          (module == "libfirst.so" ? "allocate_in_first" : "allocate_in_second"));
  }
  CHECK(counts["libfirst.so"].allocations == 5);
  CHECK(counts["libfirst.so"].bytes_allocated == 5 * 1013);
  CHECK(counts["libsecond.so"].allocations == 5);
  CHECK(counts["libsecond.so"].bytes_allocated == 5 * 1019);
}

}  // namespace
}  // namespace memprof::test
