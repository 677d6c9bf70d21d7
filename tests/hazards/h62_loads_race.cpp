#include <catch2/catch.hpp>

#include "tests/hazards/differential.h"
#include "tests/hazards/loads.h"

namespace memprof::test {
namespace {

TEST_CASE("Libraries that allocate and start threads come and go among allocating threads",
          "[h62]") {
  check_loads(long_run() ? 5000 : 100, 4);
}

}  // namespace
}  // namespace memprof::test
