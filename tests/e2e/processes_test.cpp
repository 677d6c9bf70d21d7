#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

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

TEST_CASE("A forked child is recorded by itself, from nothing, however it was made",
          "[processes]") {
  const char* const mode =
      GENERATE("fork", "_Fork", "raw_fork", "raw_clone", "fork_from_handler", "fork_then_thread");
  DYNAMIC_SECTION(mode) {
    Scenario scenario("processes", {mode, "LEDGERS", test_program("child")});
    REQUIRE(scenario.run().status == 0);
    const Process& root = scenario.process();
    check_own_counts(root, scenario.ledger());
    const LedgerReader kept = scenario.ledger("child");
    const Process& child = scenario.process_of(kept, "processes");
    check_own_counts(child, kept);
    CHECK(child.identity.parent_link == format::ParentLink::kFork);
    CHECK(child.identity.parent_id == root.identity.trace_id);
    CHECK(child.identity.ppid == root.identity.pid);
    CHECK(child.heap.totals.inherited_blocks > 0);
    CHECK(child.heap.totals.inherited_frees == 0);
    CHECK(child.heap.totals.foreign_frees == 0);
    CHECK(scenario.recording().processes().size() == 2);
  }
}

TEST_CASE("Blocks that a child frees for its parent are the parent's still", "[processes]") {
  Scenario scenario("processes", {"free_inherited", "LEDGERS", test_program("child")});
  const Result result = scenario.run();
  REQUIRE(result.status == 0);
  check_own_counts(scenario.process(), scenario.ledger());
  const LedgerReader kept = scenario.ledger("child");
  const Process& child = scenario.process_of(kept, "processes");
  check_own_counts(child, kept);
  const uint64_t freed = std::stoull(result.out);
  REQUIRE(freed > 0);
  CHECK(child.heap.totals.inherited_frees == freed);
  CHECK(child.heap.totals.inherited_blocks == freed);
  CHECK(child.heap.totals.foreign_frees == 0);
}

TEST_CASE("A grandchild hangs below its parent", "[processes]") {
  Scenario scenario("processes", {"grandchildren", "LEDGERS", test_program("child")});
  REQUIRE(scenario.run().status == 0);
  const Process& root = scenario.process();
  const LedgerReader child_ledger = scenario.ledger("child");
  const LedgerReader grandchild_ledger = scenario.ledger("grandchild");
  const Process& child = scenario.process_of(child_ledger, "processes");
  const Process& grandchild = scenario.process_of(grandchild_ledger, "processes");
  check_own_counts(root, scenario.ledger());
  check_own_counts(child, child_ledger);
  check_own_counts(grandchild, grandchild_ledger);
  CHECK(scenario.recording().parent_of(grandchild) == &child);
  CHECK(scenario.recording().parent_of(child) == &root);
}

TEST_CASE("Children forked while other threads are in malloc are exact, and harm nothing",
          "[processes]") {
  Scenario scenario("processes", {"fork_among_threads", "LEDGERS", test_program("child")});
  REQUIRE(scenario.run().status == 0);
  const Process& root = scenario.process();
  check_own_counts(root, scenario.ledger());
  for (unsigned i = 0; i < 20; ++i) {
    const LedgerReader kept = scenario.ledger("child" + std::to_string(i));
    const Process& child = scenario.process_of(kept, "processes");
    check_own_counts(child, kept);
    CHECK(child.identity.parent_id == root.identity.trace_id);
  }
}

TEST_CASE("A program started in any way is recorded, and hangs below who started it",
          "[processes]") {
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

TEST_CASE("An exec that fails in a vfork child changes nothing for its parent", "[processes]") {
  Scenario scenario("processes", {"vfork_exec_fails", "LEDGERS", test_program("child")});
  REQUIRE(scenario.run().status == 0);
  check_own_counts(scenario.process(), scenario.ledger());
  CHECK(scenario.process().heap.end == heap::End::kExit);
  CHECK(scenario.recording().processes().size() == 1);
}

TEST_CASE("A daemon that has closed, left and masked everything is recorded to its end",
          "[processes]") {
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
