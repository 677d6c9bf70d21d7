// Random trees of forking processes against a replay from scratch of what each had committed at
// each fork.
#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>
#include <map>
#include <random>
#include <set>
#include <vector>

#include "analyzer/heap/replay.h"
#include "tests/support/trace_builder.h"

namespace {

using namespace memprof;
using test::TraceBuilder;

constexpr uint64_t kStart = 1'000'000'000;

using Blocks = std::map<uint64_t, uint64_t>;  ///< sizes by address

/// Something that a process did, in the order in which it was written.
struct Done {
  uint64_t stamp;
  uint64_t address;
  bool is_birth;
  uint64_t size;
};

/// What lives after these events, taken in the order of their stamps; `inherited` lived at the
/// start.
Blocks live_after(std::vector<Done> events, Blocks inherited) {
  std::stable_sort(events.begin(), events.end(),
                   [](const Done& a, const Done& b) { return a.stamp < b.stamp; });
  Blocks live = std::move(inherited);
  for (const Done& done : events) {
    if (done.is_birth) {
      live[done.address] = done.size;
    } else {
      live.erase(done.address);
    }
  }
  return live;
}

uint64_t sum(const Blocks& blocks) {
  uint64_t result = 0;
  for (const auto& [address, size] : blocks) result += size;
  return result;
}

struct Process {
  TraceBuilder builder;
  uint32_t threads;
  Blocks inherited;
  std::vector<Done> written;
  std::vector<std::pair<uint32_t, Done>> in_flight;  ///< by thread: stamped, not yet written
  std::set<uint64_t> unfreed_inherited;
  uint64_t inherited_frees = 0;
  uint64_t foreign_frees = 0;
};

class RandomTree {
 public:
  explicit RandomTree(uint64_t seed) : random_(seed) {
    processes_.push_back(
        {TraceBuilder().clock({kStart, kStart}).trace_id(1).stamped(), 1, {}, {}, {}, {}});
  }

  void run(int steps) {
    for (int i = 0; i < steps; ++i) {
      now_ += 1 + random_() % 50;
      Process& process = processes_[random_() % processes_.size()];
      if (random_() % 60 == 0 && processes_.size() < 12) {
        fork(process);
      } else {
        act(process);
      }
    }
    for (Process& process : processes_) {
      while (!process.in_flight.empty()) write_in_flight(process);
    }
  }

  void check() const {
    std::vector<trace::TraceFile> files;
    for (const Process& process : processes_) files.push_back(process.builder.open());
    std::vector<const trace::TraceFile*> pointers;
    for (const trace::TraceFile& file : files) pointers.push_back(&file);
    const auto heaps = heap::replay_run(pointers, {kStart, {}});
    for (size_t i = 0; i < heaps.size(); ++i) {
      INFO("process " << i);
      const heap::Totals& totals = heaps[i].totals;
      REQUIRE(totals.inherited_blocks == processes_[i].inherited.size());
      REQUIRE(totals.inherited_bytes == sum(processes_[i].inherited));
      REQUIRE(totals.inherited_frees == processes_[i].inherited_frees);
      REQUIRE(totals.foreign_frees == processes_[i].foreign_frees);
      REQUIRE(totals.allocations - totals.frees == totals.live_blocks);
      REQUIRE(heaps[i].health.reused_live == 0);
    }
  }

 private:
  void act(Process& process) {
    if (!process.in_flight.empty() && random_() % 2 == 0) {
      write_in_flight(process);
      return;
    }
    const auto thread =
        1 + static_cast<uint32_t>(random_() % (process.threads + (process.threads < 4)));
    for (const auto& [busy, done] : process.in_flight) {
      if (busy == thread) return;
    }
    process.threads = std::max(process.threads, thread);
    const Done done = choose(process);
    if (random_() % 4 == 0) {
      process.in_flight.emplace_back(thread, done);
    } else {
      write(process, thread, done);
    }
  }

  Done choose(Process& process) {
    const Blocks live = live_after(process.written, process.inherited);
    const uint64_t wanted = 0x1000 + random_() % 60 * 16;
    const bool busy =
        std::any_of(process.in_flight.begin(), process.in_flight.end(),
                    [&](const auto& entry) { return entry.second.address == wanted; });
    if (busy) return {now_, next_fresh(), true, random_() % 100};
    if (live.contains(wanted)) return {now_, wanted, false, 0};
    if (random_() % 15 == 0) return {now_, 0xf0000 + random_() % 8 * 16, false, 0};
    return {now_, wanted, true, random_() % 100};
  }

  uint64_t next_fresh() { return fresh_ += 16; }

  void write_in_flight(Process& process) {
    const auto [thread, done] = process.in_flight.front();
    process.in_flight.erase(process.in_flight.begin());
    write(process, thread, done);
  }

  void write(Process& process, uint32_t thread, const Done& done) {
    TraceBuilder& builder = process.builder;
    builder.thread(thread);
    if (random_() % 30 == 0) builder.new_chunk();
    builder.at(done.stamp);
    if (done.is_birth) {
      builder.alloc(done.address, done.size, {"f"});
    } else {
      builder.free(done.address);
      if (process.unfreed_inherited.erase(done.address) > 0) {
        ++process.inherited_frees;
      } else if (done.address >= 0xf0000 && done.address < 0x100000) {
        ++process.foreign_frees;
      }
    }
    process.written.push_back(done);
  }

  void fork(Process& parent) {
    // The child's own clock begins at the parent's, which must be now.
    parent.builder.at(now_);
    Process child{TraceBuilder().trace_id(processes_.size() + 1).fork_of(parent.builder).stamped(),
                  1,
                  live_after(parent.written, parent.inherited),
                  {},
                  {},
                  {}};
    for (const auto& [address, size] : child.inherited) child.unfreed_inherited.insert(address);
    processes_.push_back(std::move(child));
  }

  std::mt19937_64 random_;
  std::deque<Process> processes_;
  uint64_t now_ = kStart;
  uint64_t fresh_ = 0x100000;
};

}  // namespace

TEST_CASE("random trees of forks inherit what a replay of the committed parts says") {
  for (uint64_t seed = 1; seed <= 80; ++seed) {
    INFO("seed " << seed);
    RandomTree tree(seed);
    tree.run(600);
    tree.check();
  }
}
