#include <unistd.h>

#include <catch2/catch.hpp>

#include "analyzer/profile/open_run.h"
#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

/// The same library under the name that suits programs of either word size.
std::string library_for_all() {
  const std::string plain = library();
  return plain.substr(0, plain.rfind('/')) + "/memprof/$LIB/libmemprof.so";
}

/// The loader for them is not on every machine.
bool runs_natively(const std::string& program) {
  Command command;
  command.argv = {program};
  if (run(command).status == 7) return true;
  WARN("no 32-bit programs run here: they are not tested");
  return false;
}

void name_library(Command& command, const std::string& path) {
  for (auto& [name, value] : command.environment) {
    if (name == "LD_PRELOAD") value = path;
  }
}

TEST_CASE("A 32-bit child prints what it prints alone, and the report names it", "[h52]") {
  const std::string child = test_program("h52_i386");
  if (!runs_natively(child)) return;
  for (const std::string& path : {library(), library_for_all()}) {
    for (const char* how : {"exec", "exec_bare", "spawn", "system"}) {
      DYNAMIC_SECTION(how << " with " << path) {
        Scenario scenario("h52_starts", {how, child});
        name_library(scenario.command, path);
        check_same(scenario);
        CHECK(scenario.process().heap.totals.allocations >= 1);
        const profile::Run run = profile::open_run(scenario.traces.path());
        REQUIRE(run.not_covered.size() == 1);
        CHECK(run.not_covered[0].exe == child);
        CHECK(run.not_covered[0].reason == "32-bit executable");
      }
    }
  }
}

TEST_CASE("A 32-bit program under the path for all is as silent", "[h52]") {
  const std::string program = test_program("h52_i386");
  if (!runs_natively(program)) return;
  Command command;
  command.argv = {program};
  const Result alone = run(command);
  const TemporaryDirectory traces;
  CHECK(run(preloaded(command, library_for_all(), traces.path())) == alone);
}

TEST_CASE("Under the path for all, 64-bit programs and their children are recorded", "[h52]") {
  Scenario scenario("processes",
                    {"posix_spawnp_own_environment", "LEDGERS", test_program("child")});
  name_library(scenario.command, library_for_all());
  CHECK(scenario.run().err.empty());
  check_totals(scenario.process_of(scenario.ledger("child"), "child"), scenario.ledger("child"));
}

TEST_CASE("Under the path for all, programs of musl are recorded", "[h52]") {
  if (access(test_program("h51_musl").c_str(), X_OK) != 0) {
    WARN("no musl-gcc here: programs of musl are not tested");
    return;
  }
  Scenario scenario("h51_musl", {"work"});
  name_library(scenario.command, library_for_all());
  check_same(scenario);
  CHECK(scenario.process().heap.totals.live_bytes == 77);
}

TEST_CASE("A library without others beside it is handed on as it is", "[h52]") {
  const TemporaryDirectory alone;
  const std::string copy = alone / "libmemprof.so";
  REQUIRE(symlink(library().c_str(), copy.c_str()) == 0);
  Scenario scenario("processes",
                    {"posix_spawnp_own_environment", "LEDGERS", test_program("child")});
  name_library(scenario.command, copy);
  CHECK(scenario.run().err.empty());
  check_totals(scenario.process_of(scenario.ledger("child"), "child"), scenario.ledger("child"));
}

}  // namespace
}  // namespace memprof::test
