#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/e2e/scenario.h"

namespace memprof::test {
namespace {

TEST_CASE("A daemon that has closed, left and masked everything is recorded to its end", "[h41]") {
  Scenario scenario("processes", {"daemonize", "LEDGERS", test_program("child")});
  REQUIRE(scenario.run().status == 0);
  const LedgerReader kept = scenario.ledger("daemon");
  REQUIRE(kept.page().finished == 1);
  const Process& daemon = scenario.process_of(kept, "processes");
  check_own_counts(daemon, kept);
  CHECK(daemon.heap.end == heap::End::kExit);
  for (const auto& entry : std::filesystem::directory_iterator(scenario.traces.path())) {
    struct stat status {};
    REQUIRE(stat(entry.path().c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);
  }
}

}  // namespace
}  // namespace memprof::test
