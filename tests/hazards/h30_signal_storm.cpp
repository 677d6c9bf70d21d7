#include <catch2/catch.hpp>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("Each queued signal is handled once, and waiting calls are interrupted as alone",
          "[h30]") {
  Scenario scenario("h30_queue", {"LEDGERS"});
  check_same(scenario);
  check_own_counts(scenario.process(), scenario.ledger());
}

}  // namespace
}  // namespace memprof::test
