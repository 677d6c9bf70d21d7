#include <sys/resource.h>

#include <catch2/catch.hpp>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("Allocation functions return, and leave in errno, what they do without the recorder",
          "[h09]") {
  Scenario scenario("results", {});
  check_same(scenario);
}

TEST_CASE("When nothing can be recorded any more, results and errno are still the program's own",
          "[h09]") {
  const char* const end = GENERATE("trace full", "file limit", "no address space");
  DYNAMIC_SECTION(end) {
    const bool tight = std::string(end) == "no address space";
    Scenario scenario("results", {tight ? "tight" : "full"});
    if (std::string(end) == "trace full") scenario.command.with("MEMPROF_MAX_BYTES", "300K");
    if (std::string(end) == "file limit") {
      scenario.command.limits.emplace_back(RLIMIT_FSIZE, rlim_t{600'000});
    }
    check_same(scenario);
    CHECK(scenario.process().heap.health.lost_events > 0);
    CHECK(scenario.process().heap.health.truncated);
  }
}

}  // namespace
}  // namespace memprof::test
