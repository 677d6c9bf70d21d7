// How fast a trace replays. Hidden: run with `heap_test [.bench]`. Prints, asserts nothing about
// time.
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdio>
#include <random>
#include <vector>

#include "analyzer/heap/replay.h"
#include "tests/support/trace_builder.h"

namespace {

using namespace memprof;
using test::TraceBuilder;

/// Births and deaths in equal number, some 50,000 blocks alive, stacks 20 deep of which a fifth of
/// the frames changes from one birth to the next.
trace::TraceFile synthetic(uint64_t events, uint32_t threads) {
  std::mt19937_64 random(1);
  TraceBuilder builder;
  if (threads > 1) builder.stamped();
  for (uint32_t id = 1; id <= 2000; ++id) builder.location(id, 0x400000 + id * 8);
  std::vector<uint64_t> live;
  std::vector<uint32_t> stack(20, 1);
  uint64_t next_address = 0x7f0000000000;
  uint64_t now = 5'000'000'000;
  for (uint64_t i = 0; i < events; ++i) {
    now += 50;
    if (threads > 1) builder.thread(1 + static_cast<uint32_t>(random() % threads));
    if (threads > 1 || i % 1000 == 0) builder.at(now);
    if (live.size() > 50'000 || (!live.empty() && random() % 2 == 0)) {
      const size_t chosen = random() % live.size();
      builder.free(live[chosen]);
      live[chosen] = live.back();
      live.pop_back();
      continue;
    }
    for (uint32_t frame = 16; frame < 20; ++frame) {
      stack[frame] = 1 + static_cast<uint32_t>(random() % 8) + (frame - 16) * 100;
    }
    builder.alloc_ids(next_address, random() % 256, stack);
    live.push_back(next_address);
    next_address += 16 + random() % 16 * 16;
  }
  return builder.open();
}

void measure(const char* what, uint64_t events, uint32_t threads) {
  const trace::TraceFile file = synthetic(events, threads);
  const auto begin = std::chrono::steady_clock::now();
  const heap::ProcessHeap heap = heap::replay(file, {});
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::printf("%s: %.1f M events/s (%zu sites, %.0f bytes an event)\n", what,
              static_cast<double>(events) / took.count() / 1e6, heap.sites.size(),
              static_cast<double>(file.chunks().size()) * format::kChunkBytes /
                  static_cast<double>(events));
  CHECK(heap.totals.allocations + heap.totals.frees == events);
}

}  // namespace

TEST_CASE("replay speed", "[.bench]") {
  measure("1 thread", 10'000'000, 1);
  measure("4 threads", 4'000'000, 4);
}
