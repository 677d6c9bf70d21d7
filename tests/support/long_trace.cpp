#include "tests/support/long_trace.h"

#include <algorithm>
#include <random>
#include <vector>

#include "tests/support/trace_builder.h"

namespace memprof::test {
namespace {

constexpr uint32_t kDepth = 20;
constexpr uint32_t kChangingFrames = 5;
constexpr uint32_t kCallees = 7;
constexpr uint64_t kStampsPerEvent = 50;

/// What a thread does: its stack, and the blocks it has.
struct Thread {
  std::vector<uint32_t> stack = std::vector<uint32_t>(kDepth, 1);
  uint64_t next_address = 0;
};

struct Block {
  uint64_t address;
  uint32_t size;
};

}  // namespace

LongTrace write_long_trace(const std::string& path, uint64_t events, uint32_t threads,
                           size_t live_max) {
  std::mt19937_64 random(1);
  TraceBuilder builder;
  builder.write_as_it_grows(path);
  for (uint32_t id = 1; id <= kChangingFrames * kCallees + 1; ++id) {
    builder.location(id, 0x400000 + id * 8);
  }
  if (threads > 1) builder.stamped();
  std::vector<Thread> states(threads);
  for (uint32_t i = 0; i < threads; ++i) states[i].next_address = uint64_t{i + 1} << 40;
  std::vector<Block> live;
  LongTrace truth;
  uint64_t now = 5'000'000'000;
  for (uint64_t i = 0; i < events; ++i) {
    now += kStampsPerEvent;
    const uint64_t dice = random();
    const auto number = static_cast<uint32_t>(dice % threads);
    if (threads > 1) builder.thread(number + 1);
    if (threads > 1 || i % 1024 == 0) builder.at(now);
    const bool grows = live.size() < live_max / 2 || (dice >> 8) % 2 == 0;
    if (!live.empty() && (live.size() == live_max || !grows)) {
      Block& chosen = live[(dice >> 16) % live.size()];
      builder.free(chosen.address);
      truth.live_bytes -= chosen.size;
      ++truth.frees;
      chosen = live.back();
      live.pop_back();
      continue;
    }
    Thread& state = states[number];
    const uint32_t changed = 1 + static_cast<uint32_t>((dice >> 32) % kChangingFrames);
    for (uint32_t frame = 0; frame < changed; ++frame) {
      state.stack[kDepth - 1 - frame] =
          2 + frame * kCallees + static_cast<uint32_t>((dice >> (36 + 4 * frame)) % kCallees);
    }
    const auto size = static_cast<uint32_t>(1 + (dice >> 20) % 4096);
    builder.alloc_ids(state.next_address, size, state.stack);
    live.push_back({state.next_address, size});
    state.next_address += (size + 31) / 16 * 16;
    ++truth.allocations;
    truth.bytes_allocated += size;
    truth.live_bytes += size;
    truth.peak_bytes = std::max(truth.peak_bytes, truth.live_bytes);
  }
  builder.exit(0);
  builder.write(path);
  return truth;
}

}  // namespace memprof::test
