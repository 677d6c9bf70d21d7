#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "analyzer/profile/open_run.h"
#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

const char* const kWays[] = {"exec", "exec_bare", "spawn", "system"};

TEST_CASE("A static program runs as it does alone, and the report names it however it was started",
          "[h53]") {
  const std::string child = test_program("bare");
  for (const char* how : kWays) {
    DYNAMIC_SECTION(how) {
      Scenario scenario("h52_starts", {how, child});
      check_same(scenario);
      const profile::Run run = profile::open_run(scenario.traces.path());
      REQUIRE(run.not_covered.size() == 1);
      CHECK(run.not_covered[0].exe == child);
      CHECK(run.not_covered[0].reason == "statically linked");
      CHECK(run.not_covered[0].processes == 1);
    }
  }
}

TEST_CASE("A script of a static interpreter is named with its interpreter's reason", "[h53]") {
  const TemporaryDirectory directory;
  const std::string script = directory / "script";
  FILE* file = fopen(script.c_str(), "w");
  REQUIRE(file != nullptr);
  fprintf(file, "#!%s\n", test_program("bare").c_str());
  fclose(file);
  REQUIRE(chmod(script.c_str(), 0755) == 0);
  Scenario scenario("h52_starts", {"exec", script});
  check_same(scenario);
  const profile::Run run = profile::open_run(scenario.traces.path());
  REQUIRE(run.not_covered.size() == 1);
  CHECK(run.not_covered[0].exe == script);
  CHECK(run.not_covered[0].reason == "statically linked");
}

TEST_CASE("A static program at the root runs as it does alone", "[h53]") {
  Command command;
  command.argv = {test_program("bare")};
  const Result alone = run(command);
  const TemporaryDirectory traces;
  CHECK(run(preloaded(command, library(), traces.path())) == alone);
  CHECK(Recording(traces.path()).processes().empty());
}

TEST_CASE("A child that can be recorded is no more than recorded, however it was started",
          "[h53]") {
  for (const char* how : kWays) {
    DYNAMIC_SECTION(how) {
      Scenario scenario("h52_starts", {how, "/bin/true"});
      check_same(scenario);
      const profile::Run run = profile::open_run(scenario.traces.path());
      CHECK(run.not_covered.empty());
      CHECK(run.partly_covered.empty());
      // A forked child that is about to become another program makes no file of its own.
      CHECK(run.processes.size() == (std::string(how) == "system" ? 3 : 2));
    }
  }
}

}  // namespace
}  // namespace memprof::test
