#include <catch2/catch.hpp>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("Cancelled threads end where they would end alone, and all they did is recorded",
          "[h27]") {
  const char* const mode = GENERATE("deferred", "pending", "asynchronous");
  DYNAMIC_SECTION(mode) {
    Scenario scenario("h27_cancel", {mode, "LEDGERS"});
    check_same(scenario);
    check_own_counts(scenario.process(), scenario.ledger());
  }
}

}  // namespace
}  // namespace memprof::test
