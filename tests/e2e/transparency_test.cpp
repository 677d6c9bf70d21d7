#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <utility>

#include "tests/e2e/scenario.h"
#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("Descriptors, tasks, signals, limits and environment are as without the recorder",
          "[transparency]") {
  Scenario scenario("state", {"an argument", "another\nwith a line's end", ""});
  scenario.command.with("EMPTY", "").with("ODD", "a=b=c \xff");
  check_same(scenario);
}

TEST_CASE("A program that owns all descriptors keeps them, and nobody writes to its file",
          "[transparency]") {
  Scenario scenario("descriptors", {"LEDGERS"});
  const Result result = scenario.run();
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  check_totals(scenario.process(), scenario.ledger());
}

TEST_CASE("Traces of processes that have ended are no larger than what is in them",
          "[transparency]") {
  const bool exec = GENERATE(false, true);
  Scenario scenario = exec ? Scenario("endings", {"exec", "LEDGERS", test_program("child")})
                           : Scenario("threads", {"work", "LEDGERS", "4"});
  scenario.run();
  constexpr uint64_t kSpareBytes = uint64_t{4} << 20;
  for (const auto& entry : std::filesystem::directory_iterator(scenario.traces.path())) {
    struct stat status {};
    REQUIRE(stat(entry.path().c_str(), &status) == 0);
    const uint64_t on_disk = static_cast<uint64_t>(status.st_blocks) * 512;
    CHECK(static_cast<uint64_t>(status.st_size) <= on_disk + kSpareBytes);
  }
}

}  // namespace
}  // namespace memprof::test
