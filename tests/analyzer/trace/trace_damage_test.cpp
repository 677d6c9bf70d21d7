// Traces that were cut off or hit by stray bits: read as far as they make sense, never a crash or a
// hang.
#include <malloc.h>

#include <catch2/catch.hpp>
#include <random>
#include <utility>
#include <vector>

#include "analyzer/base/error.h"
#include "analyzer/heap/replay.h"
#include "tests/support/trace_builder.h"

namespace {

using namespace memprof;
using test::TraceBuilder;

/// A trace with a record of every kind, in several chunks and streams.
std::vector<std::byte> rich_trace() {
  TraceBuilder builder;
  builder.parent(9, format::ParentLink::kFork).cut({0, 0, 100}).cut({1, 0, 64});
  builder.module("/usr/lib/libx.so", "\x01\x02\x03", 0x400000);
  builder.sample({5000, 6000, 100}, format::SampleReason::kStart);
  uint64_t stamp = 6'000'000'000;
  for (uint64_t i = 0; i < 60; ++i) {
    builder.at(stamp += 50'000);
    if (i == 10) builder.stamped();
    if (i > 10) builder.thread(1 + static_cast<uint32_t>(i % 3));
    builder.alloc(0x10000 + i * 64, i * 40'000, {"main", i % 2 == 0 ? "even" : "odd", "leaf"});
    if (i % 3 == 1) builder.free(0x10000 + (i - 1) * 64);
    if (i % 5 == 2) builder.realloc(0x10000 + i * 64, 0x90000 + i * 64, 100, {"main", "grow"}, 50);
    if (i % 7 == 3) builder.phase_begin("p").mark("m", {7000, 0, 100}).phase_end("p");
    if (i % 20 == 5) builder.new_chunk().exec("/bin/true").exec_failed(2);
    if (i % 20 == 15) builder.hand_over(40 + static_cast<uint32_t>(i), "worker");
  }
  return builder.module_end(1).exit(3).bytes();
}

heap::ProcessHeap replay(std::vector<std::byte> bytes) {
  return heap::replay(trace::TraceFile::from_bytes(std::move(bytes), "trace"), {});
}

}  // namespace

TEST_CASE("every prefix of a trace reads, and a longer one never says less") {
  // One chunk, so that each byte more can only add to it.
  TraceBuilder builder;
  for (uint64_t i = 0; i < 40; ++i) {
    builder.alloc(0x10000 + i * 64, i, {"main", i % 2 == 0 ? "even" : "odd"});
    if (i % 2 == 1) builder.free(0x10000 + i * 64);
    if (i % 8 == 3) builder.mark("m");
  }
  const std::vector<std::byte> whole = builder.exit(0).bytes();
  uint64_t allocations = 0;
  uint64_t frees = 0;
  for (size_t length = 0; length <= whole.size(); ++length) {
    // Within the header all prefixes are alike: not a trace.
    if (length > 5000 && length < format::kHeaderBytes - 100) length = format::kHeaderBytes - 100;
    const std::vector<std::byte> prefix(whole.begin(), whole.begin() + static_cast<long>(length));
    if (length < format::kHeaderBytes) {
      REQUIRE_THROWS_AS(trace::TraceFile::from_bytes(prefix, "prefix"), Error);
      continue;
    }
    const heap::ProcessHeap heap = replay(prefix);
    REQUIRE(heap.totals.allocations >= allocations);
    REQUIRE(heap.totals.frees >= frees);
    REQUIRE(heap.health.truncated == (length < whole.size()));
    allocations = heap.totals.allocations;
    frees = heap.totals.frees;
  }
  CHECK(allocations == 40);
  CHECK(frees == 20);
}

TEST_CASE("every cut of a trace with several chunks and streams reads") {
  const std::vector<std::byte> whole = rich_trace();
  REQUIRE(replay(whole).health.damaged_bytes == 0);
  for (size_t length = format::kHeaderBytes; length < whole.size(); length += 997) {
    const std::vector<std::byte> prefix(whole.begin(), whole.begin() + static_cast<long>(length));
    REQUIRE(replay(prefix).health.truncated);
  }
}

TEST_CASE("10,000 traces with flipped bits neither crash nor hang nor miscount") {
  const std::vector<std::byte> whole = rich_trace();
  // Where there is something to hit: the fixed header and the committed parts of the chunks.
  std::vector<size_t> targets;
  for (size_t i = 0; i < sizeof(format::FileHeader); ++i) targets.push_back(i);
  for (size_t chunk = format::kHeaderBytes; chunk < whole.size(); chunk += format::kChunkBytes) {
    const size_t end = std::min(chunk + 1500, whole.size());
    for (size_t i = chunk; i < end; ++i) targets.push_back(i);
  }
  // Each round needs a copy; mapping and unmapping it anew would take most of the test's time.
  mallopt(M_MMAP_THRESHOLD, 64 << 20);
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
  uint64_t readable = 0;
  std::mt19937_64 random(20240817);
  for (int round = 0; round < 10'000; ++round) {
    std::vector<std::byte> bytes = whole;
    const uint64_t flips = 1 + random() % 4;
    for (uint64_t i = 0; i < flips; ++i) {
      bytes[targets[random() % targets.size()]] ^= static_cast<std::byte>(1U << (random() % 8));
    }
    INFO("round " << round);
    try {
      const heap::ProcessHeap heap = replay(std::move(bytes));
      ++readable;
      REQUIRE(heap.totals.allocations - heap.totals.frees == heap.totals.live_blocks);
    } catch (const Error&) {
      // The header itself was hit.
    }
  }
  CHECK(readable > 5'000);
}
