// What the analyzer takes follows what lives and where, not how long it went on.
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/analyzer/cli/command_line.h"
#include "tests/analyzer/profile/scratch_folder.h"
#include "tests/support/long_trace.h"

using memprof::test::LongTrace;
using memprof::test::Result;
using memprof::test::run_memprof;
using memprof::test::ScratchFolder;
using memprof::test::write_long_trace;

namespace {

constexpr size_t kBlocks = 30'000;
constexpr uint32_t kThreads = 2;

/// Reports a trace of so many events and compares the figures with the writer's. How much memory
/// that took.
uint64_t report_memory(uint64_t events) {
  const ScratchFolder folder;
  const std::string path = folder.path("long.mtrace");
  const LongTrace truth = write_long_trace(path, events, kThreads, kBlocks);
  const Result result = run_memprof({"report", path, "--format", "json"});
  INFO(events << " events, status " << result.status << ", err: " << result.err);
  REQUIRE(result.status == 0);
  const auto totals = nlohmann::json::parse(result.out).at("processes").at(0).at("totals");
  CHECK(totals.at("allocations") == truth.allocations);
  CHECK(totals.at("frees") == truth.frees);
  CHECK(totals.at("bytes_allocated") == truth.bytes_allocated);
  CHECK(totals.at("peak_bytes") == truth.peak_bytes);
  CHECK(totals.at("live_bytes") == truth.live_bytes);
  return result.max_rss_bytes;
}

}  // namespace

TEST_CASE("A trace of eight times the events takes no more memory", "[long_trace]") {
  // Both have reached all blocks, all stacks and all that is read ahead.
  const uint64_t less = report_memory(500'000);
  const uint64_t more = report_memory(4'000'000);
  INFO(less << " bytes for less, " << more << " for more");
  CHECK(more < less + less / 4);
}

TEST_CASE("500 million events are replayed in 2 GB", "[long_trace]") {
  if (std::getenv("MEMPROF_LONG") == nullptr) {
    WARN("takes minutes and 6 GB of disk: only with MEMPROF_LONG=1");
    return;
  }
  CHECK(report_memory(500'000'000) <= uint64_t{2} << 30);
}
