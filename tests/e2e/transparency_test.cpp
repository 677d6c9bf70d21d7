#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <utility>

#include "tests/e2e/scenario.h"
#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("Descriptors, tasks, signals, limits and environment are as without the recorder",
          "[transparency]") {
  Scenario scenario("state", {"an argument", "another\nwith a line's end", ""});
  scenario.command.with("EMPTY", "").with("ODD", "a=b=c \xff");
  check_same(scenario);
}

TEST_CASE("A program that owns all descriptors keeps them, and nobody writes to its file",
          "[transparency]") {
  Scenario scenario("descriptors", {"LEDGERS"});
  const Result result = scenario.run();
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  check_totals(scenario.process(), scenario.ledger());
}

TEST_CASE("What a program does after giving up its rights or its root is recorded",
          "[transparency]") {
  const char* const mode =
      GENERATE("chroot", "setuid", "mount_namespace", "user_namespace", "umask");
  DYNAMIC_SECTION(mode) {
    Scenario scenario("confined", {mode, "LEDGERS"});
    const Result expected = run(native(scenario.command));
    const Result result = scenario.run();
    CHECK(result.status == expected.status);
    CHECK(result.err == expected.err);
    if (expected.status != 0) {
      WARN(mode << " is not allowed here: skipped");
    } else {
      check_totals(scenario.process(), scenario.ledger());
    }
  }
}

TEST_CASE("A program started where the library cannot be reached starts in silence, and is listed",
          "[transparency]") {
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
          "[transparency]") {
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

TEST_CASE("After an exec that fails there is as much room in the trace as before",
          "[transparency]") {
  Scenario scenario("confined", {"failed_exec", "LEDGERS"});
  CHECK(scenario.run().status == 0);
  check_totals(scenario.process(), scenario.ledger());
  CHECK(scenario.process().heap.end == heap::End::kExit);
  CHECK(scenario.process().heap.health.lost_children == 0);
}

TEST_CASE("Traces of processes that have ended are no larger than what is in them",
          "[transparency]") {
  const bool exec = GENERATE(false, true);
  Scenario scenario = exec ? Scenario("endings", {"exec", "LEDGERS", test_program("child")})
                           : Scenario("threads", {"work", "LEDGERS", "4"});
  scenario.run();
  constexpr uint64_t kSpareBytes = uint64_t{4} << 20;
  for (const auto& entry : std::filesystem::directory_iterator(scenario.traces.path())) {
    struct stat status {};
    REQUIRE(stat(entry.path().c_str(), &status) == 0);
    const uint64_t on_disk = static_cast<uint64_t>(status.st_blocks) * 512;
    CHECK(static_cast<uint64_t>(status.st_size) <= on_disk + kSpareBytes);
  }
}

TEST_CASE("Little address space is no reason to fail", "[transparency]") {
  Scenario scenario("child", {"LEDGERS", "root", "100000"});
  scenario.command.limits.emplace_back(RLIMIT_AS, rlim_t{64} << 20);
  const Result result = scenario.run();
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  check_totals(scenario.process(), scenario.ledger());
}

}  // namespace
}  // namespace memprof::test
