#include <catch2/catch.hpp>
#include <cstdlib>

#include "tests/hazards/loads.h"

namespace memprof::test {
namespace {

TEST_CASE("Many threads unwind while libraries come and go", "[h72]") {
  check_loads(std::getenv("MEMPROF_LONG") != nullptr ? 500 : 8, 32);
}

}  // namespace
}  // namespace memprof::test
