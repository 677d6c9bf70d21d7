#include <catch2/catch.hpp>

#include "tests/hazards/differential.h"
#include "tests/hazards/loads.h"

namespace memprof::test {
namespace {

TEST_CASE("Many threads unwind while libraries come and go", "[h72]") {
  check_loads(long_run() ? 500 : 8, 32);
}

}  // namespace
}  // namespace memprof::test
