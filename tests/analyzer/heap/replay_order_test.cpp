// What is settled when the stamps of two streams do not tell the order.
#include <catch2/catch.hpp>

#include "analyzer/heap/replay.h"
#include "tests/support/trace_builder.h"

namespace {

using namespace memprof;
using test::TraceBuilder;

constexpr uint64_t kStart = 1'000'000'000;
constexpr uint64_t kPatienceNs = 10'000;

TraceBuilder two_threads(uint64_t stamps_per_ns = 1) {
  return TraceBuilder().clock({kStart, kStart}, stamps_per_ns).stamped();
}

heap::ProcessHeap replay(const TraceBuilder& trace) {
  return heap::replay(trace.open(), {kStart, {}});
}

/// Thread 2 frees a block at kStart + 100; thread 1 is seen to make it `late` stamps after that.
heap::ProcessHeap death_before_birth(uint64_t late, uint64_t stamps_per_ns = 1) {
  TraceBuilder trace = two_threads(stamps_per_ns);
  trace.at(kStart + 100 + late).alloc(0x1000, 64, {"f"});
  trace.thread(2).at(kStart + 100).free(0x1000);
  return replay(trace);
}

}  // namespace

TEST_CASE("a death waits 10 us for a birth of another stream") {
  const heap::ProcessHeap heap = death_before_birth(kPatienceNs);
  CHECK(heap.totals.allocations == 1);
  CHECK(heap.totals.frees == 1);
  CHECK(heap.totals.foreign_frees == 0);
  CHECK(heap.totals.live_blocks == 0);
}

TEST_CASE("a death is foreign when its birth comes later than that") {
  const heap::ProcessHeap heap = death_before_birth(kPatienceNs + 1);
  CHECK(heap.totals.frees == 0);
  CHECK(heap.totals.foreign_frees == 1);
  CHECK(heap.totals.live_blocks == 1);
}

TEST_CASE("the 10 us are time, not stamps") {
  CHECK(death_before_birth(3 * kPatienceNs, 3).totals.frees == 1);
  CHECK(death_before_birth(3 * kPatienceNs + 1, 3).totals.frees == 0);
}

TEST_CASE("a death does not wait for a birth of its own stream, where the order is certain") {
  TraceBuilder trace = two_threads();
  trace.at(kStart + 100).free(0x1000).at(kStart + 200).alloc(0x1000, 64, {"f"});
  trace.thread(2).at(kStart + 300).alloc(0x2000, 1, {"f"});
  const heap::ProcessHeap heap = replay(trace);
  CHECK(heap.totals.foreign_frees == 1);
  CHECK(heap.totals.live_blocks == 2);
}

TEST_CASE("of several waiting deaths each takes one birth") {
  TraceBuilder trace = two_threads();
  trace.thread(2).at(kStart + 100).free(0x1000).free(0x2000).free(0x1000);
  trace.thread(1).at(kStart + 200).alloc(0x1000, 1, {"f"}).alloc(0x2000, 1, {"f"});
  trace.at(kStart + 300).alloc(0x3000, 1, {"f"});
  const heap::ProcessHeap heap = replay(trace);
  CHECK(heap.totals.frees == 2);
  CHECK(heap.totals.foreign_frees == 1);
  CHECK(heap.totals.live_blocks == 1);
}

TEST_CASE("a resize frees at its begin and gives birth at its end, and others act in between") {
  TraceBuilder trace = two_threads();
  trace.at(kStart + 100).alloc(0x1000, 1000, {"make"});
  // Thread 1 moves the block from 200 to 900; thread 2 gets the old place at 500.
  trace.at(kStart + 900).realloc(0x1000, 0x2000, 3000, {"grow"}, 700);
  trace.thread(2).at(kStart + 500).alloc(0x1000, 10, {"other"});
  const heap::ProcessHeap heap = replay(trace);
  CHECK(heap.health.reused_live == 0);
  CHECK(heap.totals.frees == 1);
  CHECK(heap.totals.live_blocks == 2);
  CHECK(heap.totals.live_bytes == 3010);
}

TEST_CASE("the order within a stream holds even where its stamps go back") {
  TraceBuilder trace = two_threads();
  trace.at(kStart + 1000).alloc(0x1000, 64, {"f"});
  trace.at(kStart + 500).free(0x1000);
  trace.thread(2).at(kStart + 700).alloc(0x2000, 1, {"f"});
  const heap::ProcessHeap heap = replay(trace);
  CHECK(heap.totals.frees == 1);
  CHECK(heap.totals.foreign_frees == 0);
}

TEST_CASE("what a single thread did before stamps began comes before all stamped events") {
  TraceBuilder trace = TraceBuilder().clock({kStart, kStart});
  for (uint64_t i = 0; i < 1000; ++i) trace.alloc(0x10000 + i * 16, 8, {"main"});
  trace.at(kStart + 5000).stamped();
  trace.at(kStart + 9000).alloc(0x1000, 8, {"main"});
  trace.thread(2).at(kStart + 6000);
  for (uint64_t i = 0; i < 1000; ++i) trace.at(kStart + 6000 + i).free(0x10000 + i * 16);
  const heap::ProcessHeap heap = replay(trace);
  CHECK(heap.totals.frees == 1000);
  CHECK(heap.totals.foreign_frees == 0);
  CHECK(heap.totals.peak_blocks == 1000);
}

TEST_CASE("many streams merge to the order of their stamps") {
  TraceBuilder trace = two_threads();
  // Each block goes from thread to thread: 64 threads, each frees what the one before made.
  constexpr uint32_t kThreads = 64;
  uint64_t now = kStart;
  for (int round = 0; round < 50; ++round) {
    for (uint32_t thread = 1; thread <= kThreads; ++thread) {
      trace.thread(thread).at(now += 3).alloc(0x1000 + thread * 16, 100, {"f"});
      if (round > 0 || thread > 1) {
        trace.at(now += 3).free(0x1000 + (thread > 1 ? thread - 1 : kThreads) * 16);
      }
    }
  }
  const heap::ProcessHeap heap = replay(trace);
  CHECK(heap.totals.allocations == 50 * kThreads);
  CHECK(heap.totals.live_blocks == 1);
  CHECK(heap.totals.peak_blocks == 2);
  CHECK(heap.totals.foreign_frees == 0);
  CHECK(heap.health.reused_live == 0);
}
