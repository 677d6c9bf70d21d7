#include <catch2/catch.hpp>

#include "tests/hazards/loads.h"

namespace memprof::test {
namespace {

TEST_CASE("Many threads unwind while libraries come and go", "[h72]") {
  check_loads(12, 32);
}

}  // namespace
}  // namespace memprof::test
