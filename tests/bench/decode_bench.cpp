// How fast chunks are decoded, by how much the stack changes from birth to birth.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "analyzer/trace/record_decoder.h"
#include "analyzer/trace/trace_file.h"
#include "tests/support/trace_builder.h"

namespace memprof::bench {
namespace {

constexpr uint32_t kPairs = 20'000;
constexpr uint32_t kDepth = 24;
constexpr uint32_t kLive = 64;

/// kPairs births and deaths, first in, first out, with kLive blocks alive; each birth's stack
/// differs from the last one's in the `fresh` innermost frames.
trace::TraceFile churn_trace(uint32_t fresh, bool stamped) {
  test::TraceBuilder builder;
  builder.stamped(stamped);
  std::vector<uint32_t> stack(kDepth);
  for (uint32_t i = 0; i < kDepth; ++i) stack[i] = 1 + i;
  const auto address = [](uint32_t pair) { return 0x10000 + uint64_t{pair % (2 * kLive)} * 96; };
  for (uint32_t pair = 0; pair < kPairs + kLive; ++pair) {
    if (pair >= kLive) builder.free(address(pair - kLive));
    if (pair >= kPairs) continue;
    for (uint32_t i = 0; i < fresh; ++i) {
      stack[kDepth - 1 - i] = 1 + kDepth + (pair * 7 + i * 131) % 3000;
    }
    builder.alloc_ids(address(pair), 16 + pair % 512, stack);
  }
  return builder.open();
}

struct Sum : trace::RecordVisitor {
  uint64_t bytes = 0;
  uint64_t events = 0;
  uint64_t frames = 0;

  void death(const trace::Death&) { ++events; }
  void birth(const trace::Birth& birth) {
    ++events;
    bytes += birth.size;
    frames += birth.pushes.size();
  }
};

void decode(benchmark::State& state, bool stamped) {
  const trace::TraceFile file = churn_trace(static_cast<uint32_t>(state.range(0)), stamped);
  const trace::ChunkReader reader(file);
  std::vector<std::byte> buffer;
  uint64_t events = 0;
  for (auto _ : state) {
    Sum sum;
    for (const trace::Chunk& chunk : file.chunks()) {
      trace::RecordDecoder decoder(chunk.header, reader.read(chunk, buffer));
      while (decoder.next(sum)) {
      }
    }
    benchmark::DoNotOptimize(sum.bytes + sum.frames);
    if (sum.events != 2 * kPairs) {
      state.SkipWithError("events are missing");
      break;
    }
    events += sum.events;
  }
  state.SetItemsProcessed(static_cast<int64_t>(events));
}

BENCHMARK_CAPTURE(decode, one_thread, false)->ArgName("new_frames")->Arg(0)->Arg(3)->Arg(20);
BENCHMARK_CAPTURE(decode, stamped, true)->ArgName("new_frames")->Arg(3);

}  // namespace
}  // namespace memprof::bench

BENCHMARK_MAIN();
