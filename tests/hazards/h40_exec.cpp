#include <catch2/catch.hpp>

#include "tests/e2e/scenario.h"

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

}  // namespace
}  // namespace memprof::test
