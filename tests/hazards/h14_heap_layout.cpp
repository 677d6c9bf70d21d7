#include <catch2/catch.hpp>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("Blocks lie as they do without the recorder", "[h14]") {
  Scenario scenario("layout", {});
  scenario.command.randomized = false;
  check_same(scenario);
}

}  // namespace
}  // namespace memprof::test
