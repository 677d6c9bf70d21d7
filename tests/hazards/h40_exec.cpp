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

// Two libraries of the C library's own that do nothing.
constexpr char kTwoLibraries[] = "libutil.so.1:libBrokenLocale.so.1";

TEST_CASE("Arguments, environment and other preloaded libraries reach a program in their order",
          "[h40]") {
  const std::string how = GENERATE("execve", "execvpe", "execle", "fexecve", "execveat", "raw",
                                   "raw_execveat", "fork_execve", "fork_fexecve", "fork_raw");
  DYNAMIC_SECTION(how) {
    Scenario scenario("h40_images", {how, test_program("h40_shows"), kTwoLibraries, "LEDGERS"});
    check_same(scenario);
    const Process& root = scenario.process();
    check_own_counts(root, scenario.ledger());
    const Process& shown = scenario.recording().process("h40_shows");
    CHECK(shown.heap.totals.allocations > 0);
    CHECK(shown.identity.run_id == root.identity.run_id);
    CHECK(descends_from(scenario.recording(), shown, root));
    const profile::Run run = profile::open_run(scenario.traces.path());
    CHECK(run.not_covered.empty());
    CHECK(run.processes.size() == 2);
  }
}

TEST_CASE("A program that cannot be recorded is named, whichever exec started it", "[h40]") {
  const std::string how = GENERATE("execve", "execle", "fexecve", "execveat", "fork_execve",
                                   "fork_execle", "fork_fexecve", "fork_execveat");
  DYNAMIC_SECTION(how) {
    Scenario scenario("h40_images", {how, test_program("bare"), kTwoLibraries, "LEDGERS"});
    check_same(scenario);
    check_own_counts(scenario.process(), scenario.ledger());
    const profile::Run run = profile::open_run(scenario.traces.path());
    REQUIRE(run.not_covered.size() == 1);
    CHECK(run.not_covered[0].exe == test_program("bare"));
    CHECK(run.not_covered[0].reason == "statically linked");
    CHECK(run.not_covered[0].processes == 1);
  }
}

TEST_CASE("After an exec that fails there is as much room in the trace as before", "[h40]") {
  Scenario scenario("confined", {"failed_exec", "LEDGERS"});
  CHECK(scenario.run().status == 0);
  check_totals(scenario.process(), scenario.ledger());
  CHECK(scenario.process().heap.end == heap::End::kExit);
  CHECK(scenario.process().heap.health.lost_children == 0);
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
