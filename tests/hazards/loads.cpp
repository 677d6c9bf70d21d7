#include "tests/hazards/loads.h"

#include <catch2/catch.hpp>
#include <string>

#include "tests/hazards/differential.h"

namespace memprof::test {

void check_loads(unsigned rounds, unsigned workers) {
  Scenario scenario("h62_loads", {"LEDGERS", std::to_string(rounds), std::to_string(workers),
                                  test_program("libh62_one.so"), test_program("libh62_two.so")});
  check_same(scenario);
  const Process& process = scenario.process();
  check_own_counts(process, scenario.ledger());
  std::map<std::string, heap::Counts> counts;
  for (const heap::Site& site : process.heap.sites) {
    counts[process.module_name(process.frames(site).front())] += site.counts;
  }
  for (const char* const name : {"libh62_one.so", "libh62_two.so"}) {
    CHECK(counts[name].allocations == uint64_t{3} * rounds);
    CHECK(counts[name].bytes_allocated == uint64_t{449 + 457 + 461} * rounds);
    CHECK(counts[name].live_blocks == 0);
  }
}

}  // namespace memprof::test
