#include <signal.h>

#include <catch2/catch.hpp>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

using heap::End;

struct Ending {
  const char* mode;
  bool signalled;
  int status;
  End end;
  bool one_thread;  ///< nothing but the program allocates
};

const Ending kEndings[] = {
    {"return", false, 3, End::kExit, true},
    {"exit", false, 4, End::kExit, true},
    {"_exit", false, 5, End::kExit, true},
    {"_Exit", false, 6, End::kExit, true},
    {"quick_exit", false, 8, End::kExit, true},
    {"exec_fails", false, 10, End::kExit, true},
    {"exit_group", false, 9, End::kOpen, true},
    {"abort", true, SIGABRT, End::kOpen, true},
    {"segv", true, SIGSEGV, End::kOpen, true},
    {"term", true, SIGTERM, End::kOpen, true},
    {"kill", true, SIGKILL, End::kOpen, true},
    {"exit_from_thread", false, 7, End::kExit, false},
    {"pthread_exit", false, 0, End::kExit, false},
};

TEST_CASE("However a program ends, its trace holds every call it made", "[h44]") {
  for (const Ending& ending : kEndings) {
    DYNAMIC_SECTION(ending.mode) {
      Scenario scenario("endings", {ending.mode, "LEDGERS"});
      const Result result = scenario.run();
      CHECK(result.signalled == ending.signalled);
      CHECK(result.status == ending.status);
      CHECK(result.err.empty());
      const Process& process = scenario.process();
      if (ending.one_thread) {
        check_totals(process, scenario.ledger());
      } else {
        check_own_counts(process, scenario.ledger());
      }
      CHECK(process.heap.end == ending.end);
      if (process.heap.end == End::kExit) {
        CHECK(process.heap.status_known);
        CHECK(process.heap.status == ending.status);
      }
    }
  }
}

TEST_CASE("A program that replaces itself leaves one whole trace for each image", "[h44]") {
  Scenario scenario("endings", {"exec", "LEDGERS", test_program("child")});
  const Result result = scenario.run();
  CHECK(result.status == 0);
  const Process& before = scenario.process();
  check_totals(before, scenario.ledger());
  CHECK(before.heap.end == End::kExec);
  const LedgerReader next = scenario.ledger("next");
  REQUIRE(next.page().pid == result.pid);
  const Process& after = scenario.process_of(next, "child");
  check_totals(after, next);
  CHECK(after.heap.end == End::kExit);
  CHECK(after.identity.parent_id == before.identity.trace_id);
  REQUIRE(before.heap.launches.size() == 1);
  CHECK(before.heap.launches[0].own);
  CHECK(before.heap.launches[0].path == test_program("child"));
  CHECK(before.heap.launches[0].unfollowed == heap::Unfollowed::kNo);
}

TEST_CASE("A program may end while its threads allocate", "[h44]") {
  for (unsigned round = 0; round < 20; ++round) {
    INFO("round " << round);
    Scenario scenario("endings", {"exit_among_threads", "LEDGERS"});
    CHECK(scenario.run().status == 12);
    const Process& process = scenario.process();
    const ledger::Account truth = scenario.ledger().sum();
    const heap::Counts counts = process.own_counts();
    CHECK(counts.allocations >= truth.allocations);
    CHECK(counts.allocations <= truth.allocations_begun);
    CHECK(counts.frees >= truth.frees);
    CHECK(counts.frees <= truth.frees_begun);
    CHECK(process.heap.end == End::kExit);
    CHECK(process.heap.health.lost_events == 0);
    CHECK(process.heap.health.damaged_bytes == 0);
    CHECK(process.sums_agree());
  }
}

TEST_CASE("Allocations before all constructors and frees after nearly all destructors count",
          "[h44]") {
  Scenario scenario("early", {"LEDGERS"});
  CHECK(scenario.run().status == 0);
  const Process& process = scenario.process();
  check_own_counts(process, scenario.ledger());
  CHECK(process.heap.totals.live_blocks == 0);
  CHECK(process.heap.totals.foreign_frees == 0);
}

TEST_CASE("A program with thousands of exceptions, the last uncaught, ends as it does alone",
          "[h44]") {
  Scenario scenario("throws", {"LEDGERS"});
  const Result result = scenario.run();
  CHECK(result.signalled);
  CHECK(result.status == SIGABRT);
  CHECK(result.err.find("terminate called after throwing") == 0);
  check_own_counts(scenario.process(), scenario.ledger());
  CHECK(scenario.process().heap.end == End::kOpen);
}

TEST_CASE("However a program ends, its parent sees the same end", "[h44]") {
  const char* const mode = GENERATE("return", "exit", "_exit", "_Exit", "quick_exit", "exit_group",
                                    "abort", "segv", "term", "kill", "double_free", "exec_fails",
                                    "exit_from_thread", "pthread_exit", "exec");
  DYNAMIC_SECTION(mode) {
    Scenario scenario("endings", {mode, "LEDGERS", test_program("child")});
    scenario.command.limits.emplace_back(RLIMIT_CORE, rlim_t{0});
    check_same(scenario);
  }
}

}  // namespace
}  // namespace memprof::test
