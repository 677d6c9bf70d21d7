#include <catch2/catch.hpp>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("Allocation functions return, and leave in errno, what they do without the recorder",
          "[h09]") {
  Scenario scenario("results", {});
  check_same(scenario);
}

}  // namespace
}  // namespace memprof::test
