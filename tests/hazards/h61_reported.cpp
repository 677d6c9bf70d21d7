#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "analyzer/profile/open_run.h"
#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("A set-id child is named in the report", "[h61]") {
  const TemporaryDirectory directory;
  const std::string child = directory / "child";
  std::filesystem::copy_file(test_program("h52_starts"), child);
  REQUIRE(chmod(child.c_str(), 06755) == 0);
  for (const char* how : {"exec", "exec_bare", "spawn", "system"}) {
    DYNAMIC_SECTION(how) {
      Scenario scenario("h52_starts", {how, child});
      // Run by its owner it is no secure exec, is recorded and is not in the list; both are right.
      check_same(scenario);
      const profile::Run run = profile::open_run(scenario.traces.path());
      bool recorded = false;
      for (const profile::Process& process : run.processes) {
        recorded |= process.identity.exe == child;
      }
      REQUIRE(run.not_covered.size() == (recorded ? 0 : 1));
      if (recorded) continue;
      CHECK(run.not_covered[0].exe == child);
      CHECK(run.not_covered[0].reason == "setuid or setgid");
    }
  }
}

TEST_CASE("Run by another user, a set-id child is silent and named in the report", "[h61]") {
  if (geteuid() != 0) {
    WARN("only root can become another user: not tested");
    return;
  }
  // /bin/su and the like ask for passwords; a copy of a harmless program does not.
  const TemporaryDirectory directory;
  REQUIRE(chmod(directory.path().c_str(), 0755) == 0);
  const std::string child = directory / "child";
  std::filesystem::copy_file("/bin/true", child);
  REQUIRE(chmod(child.c_str(), 06755) == 0);
  for (const char* how : {"exec", "exec_bare", "spawn"}) {
    DYNAMIC_SECTION(how) {
      Scenario scenario("h52_starts", {how, child});
      REQUIRE(chmod(scenario.traces.path().c_str(), 0777) == 0);
      scenario.command.user = 65534;
      check_same(scenario);
      const profile::Run run = profile::open_run(scenario.traces.path());
      REQUIRE(run.not_covered.size() == 1);
      CHECK(run.not_covered[0].exe == child);
      CHECK(run.not_covered[0].reason == "setuid or setgid");
    }
  }
}

}  // namespace
}  // namespace memprof::test
