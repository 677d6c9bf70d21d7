#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <sstream>

#include "tests/hazards/differential.h"

namespace memprof::test {
namespace {

constexpr unsigned kCouldNotStart = 77;  // h24_churn's status when there are threads enough

// What a thread leaves in the trace: ten births, ten deaths and its name.
constexpr uint64_t kBytesPerThread = 320;

/// What the program has, by its own account.
struct Use {
  long mappings = 0;
  long descriptors = 0;
  long resident_kib = 0;
};

struct Uses {
  Use first;  ///< after the first round of threads
  Use last;
};

Uses uses_of(const Result& result) {
  Uses uses;
  std::istringstream out(result.out);
  for (Use* use : {&uses.first, &uses.last}) {
    REQUIRE(out >> use->mappings >> use->descriptors >> use->resident_kib);
  }
  return uses;
}

uint64_t bytes_on_disk(const std::string& directory) {
  uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    struct stat status {};
    REQUIRE(stat(entry.path().c_str(), &status) == 0);
    bytes += static_cast<uint64_t>(status.st_blocks) * 512;
  }
  return bytes;
}

TEST_CASE("Threads that come after each other leave nothing behind but their few records",
          "[h24]") {
  const unsigned threads = long_run() ? 100'000 : 10'000;
  Scenario scenario("h24_churn", {"LEDGERS", "1", std::to_string(threads)});
  const Use alone = uses_of(run(native(scenario.command))).last;
  const Result result = scenario.run();
  REQUIRE(result.status == 0);
  check_own_counts(scenario.process(), scenario.ledger());
  CHECK(scenario.process().own_counts().live_blocks == 0);
  const auto [first, last] = uses_of(result);
  CHECK(last.mappings == first.mappings);
  CHECK(last.descriptors == alone.descriptors);
  constexpr long kSomeKib = 512;  // the rest of the chunk that they all write to
  CHECK(last.resident_kib - first.resident_kib < kSomeKib);
  CHECK(bytes_on_disk(scenario.traces.path()) < threads * kBytesPerThread + (uint64_t{1} << 18));
}

TEST_CASE("Thousands of threads at a time take little memory each, and the next thousands none",
          "[h24]") {
  constexpr long kThreads = 2000;
  const long rounds = long_run() ? 50 : 3;
  Scenario scenario("h24_churn", {"LEDGERS", std::to_string(kThreads), std::to_string(rounds)});
  const Result expected = run(native(scenario.command));
  if (expected.status == kCouldNotStart) {
    WARN("so many threads are not allowed here: skipped");
    return;
  }
  const Use alone = uses_of(expected).first;
  const Result result = scenario.run();
  REQUIRE(result.status == 0);
  check_own_counts(scenario.process(), scenario.ledger());
  CHECK(scenario.process().own_counts().live_blocks == 0);
  const auto [first, last] = uses_of(result);
  // A chunk of the trace for each, and their states eight to a mapping.
  CHECK(first.mappings - alone.mappings < kThreads * 3 / 2);
  constexpr long kKibPerThread = 28;
  CHECK(first.resident_kib - alone.resident_kib < kThreads * kKibPerThread);
  // The next round finds what the first has left, but for threads that overlap in another way, and
  // writes to the same chunks.
  constexpr long kWrittenKib = kThreads * static_cast<long>(kBytesPerThread) / 1024;
  CHECK(last.mappings - first.mappings < kThreads / 10);
  CHECK(last.resident_kib - first.resident_kib < rounds * kWrittenKib + 2 * kThreads);
  CHECK(last.descriptors == alone.descriptors);
}

}  // namespace
}  // namespace memprof::test
