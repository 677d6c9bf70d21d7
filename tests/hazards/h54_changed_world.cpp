#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("What a program does after giving up its rights or its root is recorded", "[h54]") {
  const char* const mode = GENERATE("chdir", "chroot", "pivot_root", "setuid", "mount_namespace",
                                    "user_namespace", "umask");
  DYNAMIC_SECTION(mode) {
    Scenario scenario("confined", {mode, "LEDGERS", "threads"});
    const Result expected = run(native(scenario.command));
    const Result result = scenario.run();
    CHECK(result.status == expected.status);
    CHECK(result.err == expected.err);
    if (expected.status != 0) {
      WARN(mode << " is not allowed here: skipped");
    } else {
      check_own_counts(scenario.process(), scenario.ledger());
    }
  }
}

TEST_CASE("A program started where the library cannot be reached starts in silence, and is listed",
          "[h54]") {
  Scenario scenario("confined", {"chroot_exec", "LEDGERS"});
  std::filesystem::copy_file(test_program("bare"), scenario.ledgers / "program");
  const Result result = scenario.run();
  if (result.status == 77) {
    WARN("chroot is not allowed here: skipped");
    return;
  }
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  check_totals(scenario.process(), scenario.ledger());
  REQUIRE(scenario.process().heap.launches.size() == 1);
  CHECK(scenario.process().heap.launches[0].path == "/program");
  CHECK(scenario.process().heap.launches[0].unfollowed == heap::Unfollowed::kUnreachable);
}

TEST_CASE("A forked child that cannot make its trace file runs on, and its parent's trace says so",
          "[h54]") {
  Scenario scenario("confined", {"chroot_fork", "LEDGERS"});
  const Result result = scenario.run();
  if (result.status == 77) {
    WARN("chroot is not allowed here: skipped");
    return;
  }
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  check_totals(scenario.process(), scenario.ledger());
  CHECK(scenario.process().heap.health.lost_children == 1);
}

}  // namespace
}  // namespace memprof::test
