#include "tests/support/build_traces.h"

#include <algorithm>
#include <random>
#include <vector>

#include "tests/support/trace_builder.h"

namespace memprof::test {
namespace {

constexpr uint64_t kStart = 5'000'000'000;
constexpr uint64_t kRunId = 42;
/// From one process's start to the next one's; each lives for two of them.
constexpr uint64_t kPaceNs = 100'000'000;

struct Executable {
  const char* path;
  const char* build_id;
  uint32_t code;   ///< call sites
  uint32_t share;  ///< of the events of a compiler, in percent
};
constexpr Executable kExecutables[] = {{"/usr/bin/dash", "dash-1", 60, 2},
                                       {"/usr/bin/cc1plus", "cc1plus-1", 4000, 100},
                                       {"/usr/bin/as", "as-1", 400, 20},
                                       {"/usr/bin/cc1plus", "cc1plus-1", 4000, 100},
                                       {"/usr/bin/ld", "ld-1", 800, 30}};

/// One process: a walk over call sites, blocks that mostly die young, some that stay.
class Image {
 public:
  Image(uint32_t number, const Executable& executable, uint64_t start_ns)
      : executable_(executable), random_(number) {
    builder_.clock({start_ns, start_ns}).trace_id(number + 1).run_id(kRunId);
    builder_.process(1000 + number, number == 0 ? 1 : 1000).exe(executable.path);
    builder_.argv({executable.path, "-o", "part" + std::to_string(number) + ".o"}).cwd("/build");
    // Where it is loaded differs from process to process; what is called does not.
    const uint64_t bias = 0x550000000000 + (random_() % 4096) * 0x100000;
    builder_.module(executable.path, executable.build_id, bias);
    constexpr uint32_t kModule = 1;
    for (uint32_t id = 1; id <= executable.code; ++id)
      builder_.location(id, bias + 0x1000 + id * 16, kModule);
  }

  /// `events` spread evenly over `life_ns`.
  void run(uint64_t start_ns, uint64_t life_ns, uint32_t events, BuildTruth& truth) {
    uint64_t live = 0;
    uint64_t peak = 0;
    for (uint32_t i = 0; i < events; ++i) {
      if (i % 16 == 0) builder_.at(start_ns + life_ns / events * i);
      const uint64_t dice = random_();
      if (!live_.empty() && dice % 100 < 45) {
        const size_t chosen = dice % 100 < 35 ? live_.size() - 1 : (dice >> 8) % live_.size();
        builder_.free(live_[chosen].address);
        live -= live_[chosen].size;
        live_[chosen] = live_.back();
        live_.pop_back();
        ++truth.frees;
        continue;
      }
      const uint64_t size = 16 + (dice >> 16) % ((dice >> 60) == 0 ? 65536 : 256);
      builder_.alloc_ids(next_address_, size, stack());
      live_.push_back({next_address_, size});
      next_address_ += (size + 31) / 16 * 16;
      live += size;
      peak = std::max(peak, live);
      ++truth.allocations;
      truth.bytes_allocated += size;
    }
    builder_.at(start_ns + life_ns).exit(0);
    ++truth.processes;
    truth.live_bytes += live;
    truth.peak_bytes += peak;
  }

  void write(const std::string& path) const { builder_.write(path); }

 private:
  struct Block {
    uint64_t address;
    uint64_t size;
  };

  /// The innermost frames change from call to call, the outer ones now and then. What a site calls
  /// is decided by the site, so that stacks come again.
  const std::vector<uint32_t>& stack() {
    constexpr size_t kDepth = 20;
    const uint64_t dice = random_();
    size_t keep = kDepth - 1 - dice % 4;
    if (dice % 64 == 0) keep = kDepth / 4;
    stack_.resize(std::min(stack_.size(), keep));
    while (stack_.size() < kDepth) {
      const uint64_t caller = stack_.empty() ? 1 : stack_.back();
      // Few callees are frequent, many are rare.
      const uint64_t roll = random_() % 100;
      const uint64_t callee = roll < 90 ? 0 : roll < 98 ? 1 : 2 + roll % 2;
      const uint64_t mixed =
          (caller * 2654435761u + callee * 40503u + stack_.size()) % executable_.code;
      stack_.push_back(1 + static_cast<uint32_t>(mixed));
    }
    return stack_;
  }

  const Executable& executable_;
  std::mt19937_64 random_;
  TraceBuilder builder_;
  std::vector<Block> live_;
  std::vector<uint32_t> stack_;
  uint64_t next_address_ = 0x10000;
};

}  // namespace

BuildTruth write_build(const std::string& directory, uint32_t processes, uint32_t events) {
  BuildTruth truth;
  const uint64_t life_ns = kPaceNs * std::max(processes, 2u);
  constexpr Executable kMake{"/usr/bin/make", "make-1", 200, 100};
  Image make(0, kMake, kStart);
  make.run(kStart, life_ns, events, truth);
  make.write(directory + "/make.mtrace");
  for (uint32_t number = 1; number < processes; ++number) {
    const Executable& executable = kExecutables[number % std::size(kExecutables)];
    const uint64_t start_ns = kStart + (number - 1) * kPaceNs + 1000;
    Image image(number, executable, start_ns);
    image.run(start_ns, 2 * kPaceNs - 5000, std::max(50u, events * executable.share / 100), truth);
    image.write(directory + "/" + std::to_string(number) + ".mtrace");
  }
  return truth;
}

}  // namespace memprof::test
