#include <catch2/catch.hpp>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("Threads that a forked child starts are recorded to the byte", "[h36]") {
  const std::string mode =
      GENERATE("fork", "_Fork", "among_threads", "by_thread", "begun_by_thread");
  DYNAMIC_SECTION(mode) {
    Scenario scenario("h36_threads", {mode, "LEDGERS"});
    check_same(scenario);
    const Process& root = scenario.process();
    check_own_counts(root, scenario.ledger());
    const LedgerReader kept = scenario.ledger("child");
    CHECK(kept.page().finished == 1);
    const Process& child = scenario.process_of(kept, "h36_threads");
    check_own_counts(child, kept);
    CHECK(child.identity.parent_id == root.identity.trace_id);
    CHECK(child.heap.totals.foreign_frees == 0);
    CHECK(child.heap.end == heap::End::kExit);
    if (mode != "by_thread") return;
    const LedgerReader next = scenario.ledger("grandchild");
    CHECK(next.page().finished == 1);
    const Process& grandchild = scenario.process_of(next, "h36_threads");
    check_own_counts(grandchild, next);
    CHECK(grandchild.identity.parent_id == child.identity.trace_id);
  }
}

}  // namespace
}  // namespace memprof::test
