#include <catch2/catch.hpp>

#include "tests/e2e/scenario.h"

namespace memprof::test {
namespace {

TEST_CASE("Blocks that a child frees for its parent are the parent's still", "[h35]") {
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

TEST_CASE("A grandchild hangs below its parent", "[h35]") {
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
          "[h35]") {
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

}  // namespace
}  // namespace memprof::test
