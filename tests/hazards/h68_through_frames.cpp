#include <catch2/catch.hpp>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("Exceptions, jumps, forced unwinding and returned values pass through unharmed",
          "[h68]") {
  const char* const mode = GENERATE("throw", "jump", "leave", "return");
  DYNAMIC_SECTION(mode) {
    const char* const rounds = long_run() ? "4000000" : "20000";
    Scenario scenario("h68_through", {mode, "LEDGERS", rounds});
    check_same(scenario);
    check_own_counts(scenario.process(), scenario.ledger());
  }
}

}  // namespace
}  // namespace memprof::test
