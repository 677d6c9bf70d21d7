#include <catch2/catch.hpp>
#include <sstream>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

struct Memory {
  long committed_kib = 0;  ///< what the kernel has promised to have
  long huge_kib = 0;
};

Memory memory_of(const Result& result) {
  Memory memory;
  std::istringstream out(result.out);
  REQUIRE(out >> memory.committed_kib >> memory.huge_kib);
  return memory;
}

TEST_CASE("What the recorder reserves is not promised memory, and takes no huge pages", "[h76]") {
  const char* const threads = GENERATE("0", "60");
  Scenario scenario("h76_committed", {"LEDGERS", threads});
  const Memory alone = memory_of(run(native(scenario.command)));
  const Memory recorded = memory_of(scenario.run());
  constexpr long kOwnDataKib = 512;  // the library's static data
  CHECK(recorded.committed_kib - alone.committed_kib < kOwnDataKib);
  CHECK(recorded.huge_kib == alone.huge_kib);
}

TEST_CASE("Wherever a reservation fails the program goes on, and what is missing is counted",
          "[h76]") {
  constexpr uint64_t kThreads = 20;
  unsigned whole = 0;
  unsigned partly = 0;
  // From no room at all to room for each thread's part of the trace.
  for (unsigned room_kib = 0; room_kib <= 10 * 1024; room_kib += 256) {
    INFO("with " << room_kib << " KiB left");
    Scenario scenario("h76_committed",
                      {"LEDGERS", std::to_string(kThreads), std::to_string(room_kib)});
    const Result result = scenario.run();
    REQUIRE_FALSE(result.signalled);
    REQUIRE(result.status == 0);
    REQUIRE(result.err.empty());
    const Process& process = scenario.process();
    const ledger::Account truth = scenario.ledger().sum();
    const heap::Counts counts = process.own_counts();
    const uint64_t lost = process.heap.health.lost_events;
    const uint64_t known =
        counts.allocations + counts.frees + process.heap.totals.foreign_frees + lost;
    CHECK(counts.allocations <= truth.allocations);
    CHECK(known >= truth.allocations + truth.frees);
    // The C library's own for each thread that ends may be among the lost.
    CHECK(known <= truth.allocations + truth.frees + 2 * kThreads);
    CHECK(process.heap.health.damaged_bytes == 0);
    whole += lost == 0 && counts.allocations == truth.allocations;
    partly += lost != 0;
  }
  CHECK(whole > 0);
  CHECK(partly > 0);
}

}  // namespace
}  // namespace memprof::test
