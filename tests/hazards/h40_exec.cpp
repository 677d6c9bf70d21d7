#include <catch2/catch.hpp>

#include "analyzer/profile/open_run.h"
#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

/// Whether following parents from `process` leads to `root`.
bool descends_from(const Recording& recording, const Process& process, const Process& root) {
  const Process* at = &process;
  for (unsigned steps = 0; steps < 10 && at != nullptr; ++steps) {
    if (at == &root) return true;
    at = recording.parent_of(*at);
  }
  return false;
}

TEST_CASE("A program started in any way is recorded, and hangs below who started it", "[h40]") {
  const char* const mode = GENERATE("vfork_exec", "posix_spawn", "posix_spawnp_own_environment",
                                    "system", "popen", "execve_no_environment", "execv", "execvp",
                                    "execvpe", "fexecve", "execveat", "execl", "execlp", "execle");
  DYNAMIC_SECTION(mode) {
    Scenario scenario("processes", {mode, "LEDGERS", test_program("child")});
    const Result result = scenario.run();
    REQUIRE(result.status == 0);
    CHECK(result.err.empty());
    const Process& root = scenario.process();
    check_own_counts(root, scenario.ledger());
    const LedgerReader kept = scenario.ledger("child");
    const Process& child = scenario.process_of(kept, "child");
    check_totals(child, kept);
    CHECK(child.identity.run_id == root.identity.run_id);
    CHECK(descends_from(scenario.recording(), child, root));
  }
}

TEST_CASE("What the kernel starts alone it starts with us, at every size of the environment",
          "[h40]") {
  Scenario scenario("h40_large", {"LEDGERS", test_program("child")});
  check_same(scenario);
  const std::string out = run(native(scenario.command)).out;
  CHECK(out.find(": 0\n") != std::string::npos);
  CHECK(out.find(": 77\n") != std::string::npos);
  // Those for whom our variables were too much ran without us, and are named.
  const profile::Run run = profile::open_run(scenario.traces.path());
  REQUIRE(run.not_covered.size() == 1);
  CHECK(run.not_covered[0].exe == test_program("child"));
  CHECK(run.not_covered[0].reason.find("left no room") != std::string::npos);
}

}  // namespace
}  // namespace memprof::test
