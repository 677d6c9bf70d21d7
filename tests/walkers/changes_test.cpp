// What changes between two walks of one thread, so that what the first has found is no longer true.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/e2e/scenario.h"
#include "tests/walkers/compared_run.h"

namespace memprof::test {
namespace {

/// Runs a program in each way; a compared one aborts where two differ.
void check_in_all_ways(const std::vector<std::string>& argv) {
  for (const char* const mode : {"own", "check", "compare"}) {
    DYNAMIC_SECTION(argv[0] << " " << (argv.size() > 1 ? argv[1] : "") << " " << mode) {
      Command command;
      command.argv = argv;
      command.argv[0] = test_program(argv[0]);
      CHECK(walk_stacks(command, mode) > 0);
    }
  }
}

TEST_CASE("A library that took another's place has its own locations and frames", "[changes]") {
  const std::string other = GENERATE("other", "larger");
  constexpr int kRounds = 20;
  for (const char* const mode : {"own", "check", "compare"}) {
    DYNAMIC_SECTION(other << " " << mode) {
      Scenario scenario("exchanged", {std::to_string(kRounds), test_program("libexchanged_one.so"),
                                      test_program("libexchanged_" + other + ".so")});
      scenario.command.with("MEMPROF_UNWIND", mode);
      const Result result = scenario.run();
      CHECK(result.err == "");
      REQUIRE(result.status == 0);
      // Or nothing was tested.
      REQUIRE(result.out == std::to_string(kRounds - 1) + "\n");
      const Process& process = scenario.process();
      uint64_t through[2] = {0, 0};
      for (const heap::Site& site : process.heap.sites) {
        if (site.counts.bytes_allocated != site.counts.allocations * 1009) continue;
        for (const heap::Location& location : process.frames(site)) {
          const std::string name = process.module_name(location);
          if (name == "libexchanged_one.so") through[0] += site.counts.allocations;
          if (name == "libexchanged_" + other + ".so") through[1] += site.counts.allocations;
        }
      }
      CHECK(through[0] == kRounds / 2);
      CHECK(through[1] == kRounds / 2);
    }
  }
}

TEST_CASE("Forked children walk the stack of their parent anew", "[changes]") {
  check_in_all_ways({"relatives", "3"});
  check_in_all_ways({"relatives", "2", "thread"});
}

TEST_CASE("A stack that ends where another went on is not read beyond its end", "[changes]") {
  check_in_all_ways({"stack_ends"});
}

TEST_CASE("What was the end of a stack is not taken for the end of another", "[changes]") {
  check_in_all_ways({"zero_return"});
}

TEST_CASE("Frames that are found by other registers are not the same when only those differ",
          "[changes]") {
  check_in_all_ways({"other_registers"});
}

TEST_CASE("A walk that a handler has jumped out of is not taken for one that was recorded",
          "[changes]") {
  Scenario scenario("steps_out", {});
  const Result result = scenario.run();
  CHECK(result.err == "");
  CHECK_FALSE(result.signalled);
  REQUIRE(result.status == 0);
  CHECK(std::stoi(result.out) >= 10);
  // The stacks before and after each of twenty jumps, and four at the beginning.
  const Process& process = scenario.process();
  const Functions functions(process.identity.exe);
  uint64_t found = 0;
  for (const heap::Site& site : process.heap.sites) {
    if (site.counts.bytes_allocated != site.counts.allocations * 1009) continue;
    unsigned depth = 0;
    for (const heap::Location& location : process.frames(site)) {
      if (!process.in_executable(location)) continue;
      const uint64_t offset = location.lookup_address() - process.module_of(location).bias;
      if (functions.at(offset) == "(anonymous namespace)::one(unsigned int)") ++depth;
    }
    CHECK(depth == 21);
    found += site.counts.allocations;
  }
  CHECK(found == 44);
}

TEST_CASE("Programs that make trouble for unwinders are walked the same in all ways", "[trouble]") {
  const std::vector<std::string> program =
      GENERATE(values<std::vector<std::string>>({{"stacks"},
                                                 {"stacks", "deep"},
                                                 {"signals", "fibers", "LEDGERS"},
                                                 {"signals", "jumps", "LEDGERS"},
                                                 {"h26_stacks", "mapped", "LEDGERS"},
                                                 {"h26_stacks", "wandering_fiber", "LEDGERS"},
                                                 {"h68_through", "throw", "LEDGERS", "2000"},
                                                 {"h68_through", "jump", "LEDGERS", "2000"},
                                                 {"h68_through", "leave", "LEDGERS", "2000"},
                                                 {"h30_queue", "LEDGERS"},
                                                 {"threads", "work", "LEDGERS", "4"}}));
  DYNAMIC_SECTION(program[0] << (program.size() > 1 ? " " + program[1] : "")) {
    Scenario scenario(program[0], {program.begin() + 1, program.end()});
    scenario.command.with("MEMPROF_UNWIND", "compare");
    const Result result = scenario.run();
    CHECK(result.err == "");
    CHECK_FALSE(result.signalled);
    CHECK(result.status == 0);
    CHECK(scenario.process().heap.health.lost_events == 0);
  }
}

// Other unwinders have locks, which one of the parent's threads may hold at the time.
TEST_CASE("Comparing does not keep children of programs with threads from going on", "[forks]") {
  Scenario scenario("processes", {"fork_among_threads", "LEDGERS", test_program("child")});
  scenario.command.with("MEMPROF_UNWIND", "compare");
  const Result result = scenario.run();
  CHECK(result.err == "");
  CHECK(result.status == 0);
}

}  // namespace
}  // namespace memprof::test
