#include <catch2/catch.hpp>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("Wherever a handler looks, mask, dispositions and signal stack are the program's own",
          "[h31]") {
  Scenario scenario("h31_mask", {"LEDGERS"});
  check_same(scenario);
  check_own_counts(scenario.process(), scenario.ledger());
}

}  // namespace
}  // namespace memprof::test
