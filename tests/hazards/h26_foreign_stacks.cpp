#include <catch2/catch.hpp>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("Fibers on stacks of their own are walked to their ends and counted", "[h26]") {
  Scenario scenario("signals", {"fibers", "LEDGERS"});
  REQUIRE(scenario.run().status == 0);
  const Process& process = scenario.process();
  check_own_counts(process, scenario.ledger());
  for (const heap::Site& site : process.heap.sites) {
    std::vector<std::string> names;
    const Functions functions(process.identity.exe);
    for (const heap::Location& location : process.frames(site)) {
      if (!process.in_executable(location)) continue;
      names.push_back(functions.at(location.lookup_address() - process.module_of(location).bias));
    }
    CHECK(names == std::vector<std::string>{"ledger::Worker::step()",
                                            "(anonymous namespace)::run_fiber(unsigned int)"});
  }
}

TEST_CASE("Threads and fibers on stacks of the program's own are counted to the byte", "[h26]") {
  const char* const mode = GENERATE("mapped", "clone_thread", "clone_process", "wandering_fiber");
  DYNAMIC_SECTION(mode) {
    Scenario scenario("h26_stacks", {mode, "LEDGERS"});
    check_same(scenario);
    check_own_counts(scenario.process(), scenario.ledger());
  }
}

}  // namespace
}  // namespace memprof::test
