// Linked with what stands for the page in a build without it.
#include <catch2/catch.hpp>
#include <sstream>

#include "analyzer/base/error.h"
#include "analyzer/report/html_report.h"

namespace memprof::report {

TEST_CASE("A memprof without the page says how to get it", "[page]") {
  try {
    check_page();
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.exit() == Error::Exit::kUsage);
    CHECK_THAT(error.what(), Catch::Contains("nodejs and npm") && Catch::Contains("MEMPROF_WEBUI"));
  }
}

}  // namespace memprof::report
