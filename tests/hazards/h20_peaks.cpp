#include <catch2/catch.hpp>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("The peak is exact, also when it is a spike or the last thing that happens", "[h20]") {
  const char* const mode = GENERATE("early", "last");
  DYNAMIC_SECTION(mode) {
    Scenario scenario("h20_spikes", {mode, "LEDGERS"});
    check_same(scenario);
    check_totals(scenario.process(), scenario.ledger());
    CHECK(scenario.ledger().page().peak_bytes > 5'000'000);
  }
}

}  // namespace
}  // namespace memprof::test
