#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

TEST_CASE("The recorder's own memory is small, and hardly any of it is dirty for good", "[h46]") {
  Scenario scenario("h46_large", {"memory", "LEDGERS"});
  check_same(scenario);  // alone, then recorded
  check_own_counts(scenario.process(), scenario.ledger());
  std::ifstream file(scenario.ledgers / "memory");
  long alone = 0;
  long recorded = 0;
  REQUIRE(file >> alone >> recorded);
  INFO("private memory: " << alone << " kB alone, " << recorded << " kB recorded");
  REQUIRE(alone > 0);
  // Private pages cannot be dropped, those of the trace can. An arena more or less is the C
  // library's affair.
  CHECK(recorded - alone < 3'000);
  const heap::ProcessHeap& heap = scenario.process().heap;
  const uint64_t events = heap.totals.allocations + heap.totals.frees;
  CHECK(events > 1'000'000);
  CHECK(heap.rss.own_bytes > 0);
  CHECK(heap.rss.own_bytes < 12'000'000);
}

TEST_CASE("A program killed when its memory has come to an end has left all it did", "[h46]") {
  Scenario scenario("h46_large", {"limit", "LEDGERS"});
  const Result result = scenario.run();
  CHECK(result.signalled);
  CHECK(result.status == SIGKILL);
  CHECK(result.err.empty());
  check_own_counts(scenario.process(), scenario.ledger());
  CHECK(scenario.process().heap.end == heap::End::kOpen);
}

}  // namespace
}  // namespace memprof::test
