#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/e2e/scenario.h"

namespace memprof::test {
namespace {

const heap::Phase& phase(const Process& process, const std::string& name, uint32_t occurrence = 1) {
  for (const heap::Phase& candidate : process.heap.phases) {
    if (candidate.name == name && candidate.occurrence == occurrence) return candidate;
  }
  throw std::runtime_error("no phase " + name);
}

/// What the loader holds for the thread that the program has started: thread descriptors stay in
/// its cache.
uint64_t bytes_of_others(const Process& process) {
  return process.heap.totals.live_bytes - process.own_counts().live_bytes;
}

TEST_CASE("Marks and phases hold the heap that the program had at them", "[marks]") {
  Scenario scenario("marks", {"LEDGERS"});
  const Result result = scenario.run();
  CHECK(result.status == 0);
  CHECK(result.out == "recording 1 evaluated 1\n");
  const Process& process = scenario.process();
  check_own_counts(process, scenario.ledger());
  const uint64_t others = bytes_of_others(process);

  REQUIRE(process.heap.marks.size() == 2);
  CHECK(process.heap.marks[0].name == "first mark");
  CHECK(process.heap.marks[0].heap_bytes == 1009);
  CHECK(process.heap.marks[1].name == "last mark");
  CHECK(process.heap.marks[1].heap_bytes == 2003 + 101 + 101 + others);
  CHECK(process.heap.marks[0].time_ns <= process.heap.marks[1].time_ns);
  CHECK(process.heap.marks[1].rss_bytes > 0);

  const heap::Phase& outer = phase(process, "outer");
  CHECK(outer.heap_begin_bytes == 1009);
  CHECK(outer.heap_end_bytes == 1009 + 2003 + others);
  CHECK(outer.heap_peak_bytes == 1009 + 500009);
  CHECK(outer.begin_ns <= outer.end_ns);

  const heap::Phase& inner = phase(process, "inner");
  CHECK(inner.heap_begin_bytes - inner.heap_end_bytes == 30011);
  CHECK(inner.allocations == 0);

  CHECK(phase(process, "again", 1).allocations == 1);
  CHECK(phase(process, "again", 2).heap_begin_bytes == 1009 + 2003 + 101 + others);
  CHECK(phase(process, "never ended").heap_end_bytes == process.heap.totals.live_bytes);
  CHECK(process.heap.health.unmatched_phase_ends == 1);
}

TEST_CASE("Without the recorder marks do nothing, and their arguments are not evaluated",
          "[marks]") {
  Scenario scenario("marks", {"LEDGERS"});
  Command command = scenario.command;
  std::erase_if(command.environment,
                [](const auto& variable) { return variable.first == "LD_PRELOAD"; });
  const Result result = run(command);
  CHECK(result.status == 0);
  CHECK(result.out == "recording 0 evaluated 0\n");
  CHECK(Recording(scenario.traces.path()).processes().empty());
}

}  // namespace
}  // namespace memprof::test
