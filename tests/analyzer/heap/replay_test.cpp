#include "analyzer/heap/replay.h"

#include <catch2/catch.hpp>

#include "tests/analyzer/heap/reference_heap.h"
#include "tests/support/trace_builder.h"

namespace {

using namespace memprof;
using test::Frames;
using test::TraceBuilder;

constexpr uint64_t kStart = 1'000'000'000;
constexpr uint64_t kMs = 1'000'000;

TraceBuilder builder() {
  return TraceBuilder().clock({kStart, kStart});
}

heap::ProcessHeap replay(const TraceBuilder& trace) {
  return heap::replay(trace.open(), {kStart, {}});
}

/// What all sites together held at the moment.
heap::Held held_at(const TraceBuilder& trace, heap::SnapshotPoint point) {
  heap::Held sum;
  const heap::ProcessHeap heap = heap::replay(trace.open(), {kStart, {point}});
  for (const heap::Held& held : heap.snapshots.at(0)) {
    sum.bytes += held.bytes;
    sum.blocks += held.blocks;
  }
  return sum;
}

using What = heap::SnapshotPoint::What;

/// The only site of a heap, or the one whose innermost frame has this address.
const heap::Counts& site_at(const heap::ProcessHeap& heap, uint64_t address) {
  for (const heap::Site& site : heap.sites) {
    const auto stack = heap.stack(site.context);
    if (!stack.empty() && heap.locations[stack.front()].address == address) return site.counts;
  }
  FAIL("no site at " << address);
  return heap.sites.front().counts;
}

}  // namespace

TEST_CASE("a trace without events has a heap without anything") {
  const heap::ProcessHeap heap = replay(builder());
  CHECK(heap.totals.allocations == 0);
  CHECK(heap.totals.peak_bytes == 0);
  CHECK(heap.sites.empty());
  CHECK(heap.steps.empty());
  CHECK(heap.contexts.size() == 1);
  CHECK(heap.end == heap::End::kOpen);
  CHECK_FALSE(heap.health.truncated);
}

TEST_CASE("the peak is exact, be it a spike that is gone before the next event") {
  TraceBuilder trace = builder();
  trace.alloc(0x1000, 100, {"main", "keep"});
  trace.at(kStart + 2 * kMs).alloc(0x2000, 1'000'000, {"main", "spike"}).free(0x2000);
  trace.at(kStart + 5 * kMs).alloc(0x3000, 50, {"main", "late"});
  const heap::ProcessHeap heap = replay(trace);
  CHECK(heap.totals.peak_bytes == 1'000'100);
  CHECK(heap.totals.peak_blocks == 2);
  CHECK(heap.totals.peak_time_ns == 2 * kMs);
  CHECK(site_at(heap, trace.address_of("keep")).peak_bytes == 100);
  CHECK(site_at(heap, trace.address_of("spike")).peak_bytes == 1'000'000);
  CHECK(site_at(heap, trace.address_of("late")).peak_bytes == 0);
  CHECK(heap.totals.live_bytes == 150);
}

TEST_CASE("of two equal peaks the first counts") {
  TraceBuilder trace = builder();
  trace.alloc(0x1000, 500, {"first"}).free(0x1000);
  trace.at(kStart + kMs).alloc(0x1000, 500, {"second"}).free(0x1000);
  const heap::ProcessHeap heap = replay(trace);
  CHECK(heap.totals.peak_time_ns == 0);
  CHECK(site_at(heap, trace.address_of("first")).peak_bytes == 500);
  CHECK(site_at(heap, trace.address_of("second")).peak_bytes == 0);
}

TEST_CASE("a peak in the very last event is a peak") {
  const heap::ProcessHeap heap = replay(builder().alloc(0x1000, 1, {"a"}).alloc(0x2000, 9, {"b"}));
  CHECK(heap.totals.peak_bytes == 10);
  CHECK(heap.totals.peak_blocks == 2);
}

TEST_CASE("a realloc is one allocation and one free, and never both blocks in a peak") {
  TraceBuilder trace = builder();
  trace.alloc(0x1000, 1000, {"main", "make"}).realloc(0x1000, 0x8000, 1500, {"main", "grow"});
  const heap::ProcessHeap heap = replay(trace);
  CHECK(heap.totals.allocations == 2);
  CHECK(heap.totals.frees == 1);
  CHECK(heap.totals.bytes_allocated == 2500);
  CHECK(heap.totals.peak_bytes == 1500);
  CHECK(heap.totals.live_blocks == 1);
  CHECK(site_at(heap, trace.address_of("make")).temporary == 1);
  CHECK(site_at(heap, trace.address_of("grow")).live_bytes == 1500);
}

TEST_CASE("a realloc of a block never seen born is a foreign free and a birth") {
  const heap::ProcessHeap heap = replay(builder().realloc(0x1000, 0x2000, 10, {"f"}));
  CHECK(heap.totals.allocations == 1);
  CHECK(heap.totals.frees == 0);
  CHECK(heap.totals.foreign_frees == 1);
}

TEST_CASE("blocks of no bytes are blocks") {
  const heap::ProcessHeap heap = replay(builder().alloc(0x1000, 0, {"f"}).alloc(0x2000, 0, {"f"}));
  CHECK(heap.totals.allocations == 2);
  CHECK(heap.totals.live_blocks == 2);
  CHECK(heap.totals.peak_bytes == 0);
}

TEST_CASE("temporary is what one thread makes and ends with no birth of its own in between") {
  TraceBuilder trace = builder();
  trace.stamped().at(kStart + 100);
  SECTION("at once") {
    trace.alloc(0x1000, 1, {"f"}).free(0x1000);
    CHECK(replay(trace).totals.temporary == 1);
  }
  SECTION("a birth in between") {
    trace.alloc(0x1000, 1, {"f"}).alloc(0x2000, 1, {"f"}).free(0x1000);
    CHECK(replay(trace).totals.temporary == 0);
  }
  SECTION("a death in between") {
    trace.alloc(0x1000, 1, {"f"}).alloc(0x2000, 1, {"f"}).free(0x1000).free(0x2000);
    CHECK(replay(trace).totals.temporary == 1);
  }
  SECTION("another thread's birth in between") {
    trace.alloc(0x1000, 1, {"f"}).thread(2).at(kStart + 200).alloc(0x2000, 1, {"f"});
    trace.thread(1).at(kStart + 300).free(0x1000);
    CHECK(replay(trace).totals.temporary == 1);
  }
  SECTION("ended by another thread") {
    trace.alloc(0x1000, 1, {"f"}).thread(2).at(kStart + 200).free(0x1000);
    CHECK(replay(trace).totals.temporary == 0);
  }
  SECTION("ended in another stream of the same thread") {
    trace.alloc(0x1000, 1, {"f"}).stream(7, 1).at(kStart + 200).free(0x1000);
    CHECK(replay(trace).totals.temporary == 1);
  }
  SECTION("ended by the thread that took over the stream") {
    trace.alloc(0x1000, 1, {"f"}).hand_over(2).free(0x1000);
    CHECK(replay(trace).totals.temporary == 0);
  }
}

TEST_CASE("a birth on a live address ends the old block as lost, and the sums still hold") {
  TraceBuilder trace = builder();
  trace.alloc(0x1000, 100, {"old"}).alloc(0x1000, 30, {"new"});
  const heap::ProcessHeap heap = replay(trace);
  CHECK(heap.health.reused_live == 1);
  CHECK(heap.totals.allocations == 2);
  CHECK(heap.totals.frees == 1);
  CHECK(heap.totals.live_blocks == 1);
  CHECK(heap.totals.live_bytes == 30);
  CHECK(heap.totals.temporary == 0);
  CHECK(site_at(heap, trace.address_of("old")).frees == 1);
}

TEST_CASE("allocations whose outermost frame stands for missing ones are counted as cut") {
  TraceBuilder trace = builder();
  trace.alloc(0x1000, 1, {test::kCutFrame, "a", "b"}).alloc(0x2000, 1).alloc(0x3000, 1, {"a", "b"});
  const heap::ProcessHeap heap = replay(trace);
  CHECK(heap.health.cut_stacks == 2);
  CHECK(heap.sites.size() == 2);
}

TEST_CASE("several ids of one return address make one site") {
  TraceBuilder trace = builder();
  trace.location(5, 0x401234).location(6, 0x401234);
  trace.alloc_ids(0x1000, 1, {5}).alloc_ids(0x2000, 1, {6});
  const heap::ProcessHeap heap = replay(trace);
  REQUIRE(heap.sites.size() == 1);
  CHECK(heap.sites.front().counts.allocations == 2);
}

TEST_CASE("one address in two modules makes two sites, modules that are equal are one") {
  TraceBuilder trace = builder();
  trace.module("/lib/a.so", "id-a", 0x1000).module("/lib/b.so", "id-b", 0x1000);
  trace.module("/lib/a.so", "id-a", 0x1000);  // opened again, at the same place
  trace.location(5, 0x2000, 1).location(6, 0x2000, 2).location(7, 0x2000, 3);
  trace.alloc_ids(0x1000, 1, {5}).alloc_ids(0x2000, 1, {6}).alloc_ids(0x3000, 1, {7});
  const heap::ProcessHeap heap = replay(trace);
  CHECK(heap.sites.size() == 2);
  REQUIRE(heap.modules.size() == 3);
  CHECK(heap.modules[1].path == "/lib/a.so");
  CHECK(heap.modules[1].build_id == "id-a");
  CHECK(heap.modules[1].bias == 0x1000);
}

TEST_CASE("a location may be defined after its use, in another stream") {
  TraceBuilder trace = builder();
  trace.stamped().alloc_ids(0x1000, 1, {9});
  trace.thread(2).at(kStart + 100).location(9, 0x405678);
  const heap::ProcessHeap heap = replay(trace);
  CHECK(site_at(heap, 0x405678).allocations == 1);
}

TEST_CASE("a location that is never defined is an unknown address") {
  const heap::ProcessHeap heap = replay(builder().alloc_ids(0x1000, 1, {77, 0x0ffffff0}));
  REQUIRE(heap.sites.size() == 1);
  const auto stack = heap.stack(heap.sites.front().context);
  REQUIRE(stack.size() == 2);
  CHECK(stack.front() != 0);
  CHECK(heap.locations[stack.front()].address == 0);
  CHECK(heap.health.cut_stacks == 0);
}

TEST_CASE("an interrupted location is looked up as it is, a return address inside its call") {
  TraceBuilder trace = builder();
  trace.location(1, 0x5000).location(2, 0x5000, 0, format::kLocationInterrupted);
  trace.alloc_ids(0x1000, 1, {1, 2});
  const heap::ProcessHeap heap = replay(trace);
  const auto stack = heap.stack(heap.sites.front().context);
  CHECK(heap.locations[stack.at(0)].lookup_address() == 0x5000);
  CHECK(heap.locations[stack.at(1)].lookup_address() == 0x4fff);
}

TEST_CASE("steps without an event are left out, and a step begins with what lives") {
  TraceBuilder trace = builder();
  trace.at(kStart + kMs).alloc(0x1000, 100, {"f"}).alloc(0x2000, 50, {"f"}).free(0x1000);
  trace.at(kStart + 7 * kMs).free(0x2000);
  const heap::ProcessHeap heap = replay(trace);
  REQUIRE(heap.steps.size() == 2);
  CHECK(heap.steps[0].step == 1);
  CHECK(heap.steps[0].highest_bytes == 150);
  CHECK(heap.steps[0].end_bytes == 50);
  CHECK(heap.steps[1].step == 7);
  CHECK(heap.steps[1].highest_bytes == 50);
  CHECK(heap.steps[1].end_bytes == 0);
}

TEST_CASE("the snapshot of a step without events is what lived before it") {
  TraceBuilder trace = builder();
  trace.at(kStart + kMs).alloc(0x1000, 100, {"f"}).alloc(0x2000, 50, {"f"}).free(0x1000);
  trace.at(kStart + 7 * kMs).free(0x2000);
  CHECK(held_at(trace, {What::kStep, 0}) == heap::Held{0, 0});
  CHECK(held_at(trace, {What::kStep, 1}) == heap::Held{150, 2});
  CHECK(held_at(trace, {What::kStep, 4}) == heap::Held{50, 1});
  CHECK(held_at(trace, {What::kStep, 7}) == heap::Held{50, 1});
  CHECK(held_at(trace, {What::kStep, 8}) == heap::Held{0, 0});
}

TEST_CASE("why recording stopped is said in words, and what was lost is counted") {
  const heap::ProcessHeap heap = replay(builder().lost(12).stop(format::StopReason::kDiskFull));
  CHECK(heap.health.lost_events == 12);
  CHECK(heap.health.truncated);
  CHECK(heap.health.stop_reason == "the disk was full");
}
