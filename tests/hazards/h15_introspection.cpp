#include <catch2/catch.hpp>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("What the C library says about its heap is what it says alone", "[h15]") {
  const char* const tunables =
      GENERATE("", "glibc.malloc.tcache_count=0", "glibc.malloc.perturb=85",
               "glibc.malloc.arena_max=1:glibc.malloc.mmap_threshold=65536");
  DYNAMIC_SECTION(tunables) {
    Scenario scenario("h15_introspection", {});
    scenario.command.randomized = false;
    if (*tunables != '\0') scenario.command.with("GLIBC_TUNABLES", tunables);
    check_same(scenario);
  }
}

}  // namespace
}  // namespace memprof::test
