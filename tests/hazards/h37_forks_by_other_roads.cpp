#include <catch2/catch.hpp>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("A forked child is recorded by itself, from nothing, however it was made", "[h37]") {
  const char* const mode =
      GENERATE("fork", "_Fork", "raw_fork", "raw_clone", "raw_clone3", "fork_from_handler");
  DYNAMIC_SECTION(mode) {
    Scenario scenario("processes", {mode, "LEDGERS", test_program("child")});
    if (run(native(scenario.command)).status == 77) {
      WARN(mode << " is not allowed here: skipped");
      return;
    }
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

}  // namespace
}  // namespace memprof::test
