// Random chains of all kinds of frames (programs/frames.h).
#include <catch2/catch.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "tests/e2e/scenario.h"
#include "tests/hazards/differential.h"
#include "tests/walkers/compared_run.h"

namespace memprof::test {
namespace {

Command frames(uint64_t allocations, unsigned seed, unsigned threads = 0) {
  Command command;
  command.argv = {test_program("frames"), std::to_string(allocations), std::to_string(seed)};
  if (threads != 0) command.argv.push_back(std::to_string(threads));
  return command;
}

void compare_frames(unsigned seed) {
  // The program has more stacks than it was asked for: exceptions, trees and coroutines allocate,
  // too.
  const uint64_t allocations = long_run() ? 2'000'000 : 130'000;
  compare_stacks(frames(allocations, seed), allocations);
}

TEST_CASE("Random frames are walked the same in all ways, seed 1", "[frames_1]") {
  compare_frames(1);
}
TEST_CASE("Random frames are walked the same in all ways, seed 2", "[frames_2]") {
  compare_frames(2);
}
TEST_CASE("Random frames are walked the same in all ways, seed 3", "[frames_3]") {
  compare_frames(3);
}
TEST_CASE("Random frames are walked the same in all ways, seed 4", "[frames_4]") {
  compare_frames(4);
}
TEST_CASE("Random frames are walked the same in all ways, seed 5", "[frames_5]") {
  compare_frames(5);
}
TEST_CASE("Random frames are walked the same in all ways, seed 6", "[frames_6]") {
  compare_frames(6);
}
TEST_CASE("Random frames are walked the same in all ways, seed 7", "[frames_7]") {
  compare_frames(7);
}
TEST_CASE("Random frames are walked the same in all ways, seed 8", "[frames_8]") {
  compare_frames(8);
}
TEST_CASE("Random frames are walked the same in all ways, seed 9", "[frames_9]") {
  compare_frames(9);
}
TEST_CASE("Random frames are walked the same in all ways, seed 10", "[frames_10]") {
  compare_frames(10);
}
TEST_CASE("Random frames are walked the same in all ways, seed 11", "[frames_11]") {
  compare_frames(11);
}
TEST_CASE("Random frames are walked the same in all ways, seed 12", "[frames_12]") {
  compare_frames(12);
}

TEST_CASE("The random frames contain signal frames of all kinds, and all is counted",
          "[frames_counted]") {
  Scenario scenario("frames", {"20000", "99"});
  const Result result = scenario.run();
  REQUIRE(result.status == 0);
  unsigned long made = 0;
  unsigned long handled = 0;
  REQUIRE(sscanf(result.out.c_str(), "%lu %lu", &made, &handled) == 2);
  CHECK(made == 20'100);
  CHECK(handled > 500);
  const Process& process = scenario.process();
  // The program's own, without what the C and C++ libraries allocate for it.
  const Functions functions(process.identity.exe);
  const std::string allocate = "frames::(anonymous namespace)::allocate()";
  uint64_t own = 0;
  for (const heap::Site& site : process.heap.sites) {
    for (const heap::Location& location : process.frames(site)) {
      if (!process.in_executable(location)) continue;
      const uint64_t offset = location.lookup_address() - process.module_of(location).bias;
      if (functions.at(offset) == allocate) own += site.counts.allocations;
      break;
    }
  }
  CHECK(own == made);
  CHECK(process.heap.health.cut_stacks == 0);
}

TEST_CASE("Threads' random frames are walked the same in all ways", "[frames_threads]") {
  const uint64_t allocations = long_run() ? 500'000 : 15'000;
  compare_stacks(frames(allocations, 21, 4), 4 * allocations);
}

TEST_CASE("Many random frames are walked the same with replay and without", "[frames_checked]") {
  const uint64_t allocations = long_run() ? 20'000'000 : 1'000'000;
  CHECK(walk_stacks(frames(allocations, 31), "check") >= allocations);
  CHECK(walk_stacks(frames(allocations / 10, 32, 4), "check") >= 4 * (allocations / 10));
}

TEST_CASE("The recorder that checks by itself walks as the usual one", "[frames_checked]") {
  CHECK(walk_stacks(frames(100'000, 41), "", MEMPROF_CHECK_LIBRARY) >= 100'000);
}

}  // namespace
}  // namespace memprof::test
