// Random programs: what really happened goes to the reference, what the recorder would write to the
// replay.
#include <catch2/catch.hpp>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "analyzer/heap/replay.h"
#include "tests/analyzer/heap/reference_heap.h"
#include "tests/support/trace_builder.h"

namespace {

using namespace memprof;
using test::Frames;
using test::ReferenceHeap;
using test::TraceBuilder;

constexpr uint64_t kStart = 1'000'000'000;  // stamps are nanoseconds of CLOCK_MONOTONIC here

const std::vector<std::string> kFunctions = {"main", "parse", "render", "copy", "grow", "leaf"};

class RandomProgram {
 public:
  RandomProgram(uint64_t seed, uint32_t threads, bool stamped, std::optional<uint64_t> snapshot)
      : random_(seed), stamped_(stamped), reference_(snapshot) {
    builder_.clock({kStart, kStart});
    for (const std::string& name : kFunctions) names_[builder_.address_of(name)] = name;
    if (stamped) builder_.stamped();
    for (uint32_t i = 0; i < threads; ++i) threads_.push_back({i + 1, i, false, 0, {}, 0});
  }

  void run(int steps) {
    for (int i = 0; i < steps; ++i) {
      now_ += random_() % 40 == 0 ? 1 + random_() % 3'000'000 : 1 + random_() % 2'000;
      step(threads_[random_() % threads_.size()]);
    }
    for (Thread& thread : threads_) {
      now_ += 5;
      if (thread.in_realloc) finish_realloc(thread);
    }
    for (const size_t open : open_phases_) phases_[open].second = reference_.past.size() - 1;
  }

  void check(std::optional<uint64_t> snapshot) const {
    heap::ReplayOptions options;
    options.run_start_ns = kStart;
    if (snapshot) options.snapshots = {{heap::SnapshotPoint::What::kStep, *snapshot}};
    const heap::ProcessHeap heap = heap::replay(builder_.open(), options);
    REQUIRE(heap.health.damaged_bytes == 0);
    REQUIRE(heap.health.reused_live == 0);
    require_equal(heap, reference_, names_);
  }

  /// From here on marks and phases are strewn in.
  void keep_moments() {
    reference_.keeps_past = true;
    reference_.past.push_back({0, 0, {}});
  }

  /// All moments there were, and some times, each against what lived then.
  void check_moments() {
    using What = heap::SnapshotPoint::What;
    const std::vector<ReferenceHeap::Past>& past = reference_.past;
    heap::ReplayOptions options;
    options.run_start_ns = kStart;
    std::vector<size_t> expected;  // index into past
    const auto expect = [&](What what, uint64_t value, size_t index) {
      options.snapshots.push_back({what, value});
      expected.push_back(index);
    };
    for (size_t i = 0; i < marks_.size(); ++i) expect(What::kMark, i, marks_[i]);
    for (size_t i = 0; i < phases_.size(); ++i) {
      const auto [begin, end] = phases_[i];
      expect(What::kPhaseBegin, i, begin);
      expect(What::kPhaseEnd, i, end);
      size_t highest = begin;
      for (size_t at = begin; at <= end; ++at) {
        if (past[at].bytes > past[highest].bytes) highest = at;
      }
      expect(What::kPhasePeak, i, highest);
    }
    for (int i = 0; i < 30; ++i) {
      const uint64_t time_ns = random_() % (now_ - kStart + 10);
      size_t last = 0;
      while (last + 1 < past.size() && past[last + 1].time_ns <= time_ns) ++last;
      expect(What::kTime, time_ns, last);
    }
    const heap::ProcessHeap heap = heap::replay(builder_.open(), options);
    REQUIRE(heap.phases.size() == phases_.size());
    for (size_t i = 0; i < expected.size(); ++i) {
      INFO("moment " << static_cast<int>(options.snapshots[i].what) << " "
                     << options.snapshots[i].value);
      ReferenceHeap::Holding holding;
      for (const auto& [frames, counts] : test::sites_of(heap, names_, i)) {
        if (counts.at_blocks != 0) holding[frames] = {counts.at_bytes, counts.at_blocks};
      }
      REQUIRE(holding == past[expected[i]].holding);
    }
    for (size_t i = 0; i < phases_.size(); ++i) {
      REQUIRE(heap.phases[i].heap_peak_bytes == past[expected[marks_.size() + 3 * i + 2]].bytes);
    }
  }

  uint64_t duration_ms() const { return (now_ - kStart) / 1'000'000; }

 private:
  struct Thread {
    uint32_t serial;
    uint32_t stream;
    bool in_realloc;
    uint64_t realloc_begin;
    Frames frames;
    uint64_t old_address;
  };

  void step(Thread& thread) {
    if (thread.in_realloc) {
      finish_realloc(thread);
      return;
    }
    if (random_() % 300 == 0) end_thread(thread);
    if (reference_.keeps_past && random_() % 20 == 0) moment(thread);
    const uint64_t what = random_() % 10;
    if (what < 5 || live_.empty()) {
      alloc(thread);
    } else if (what < 8) {
      free(thread);
    } else if (what == 8) {
      begin_realloc(thread);
    } else {
      foreign_free(thread);
    }
  }

  /// Most events go to the thread's stream, some, as from a signal handler, to a second one of the
  /// same thread.
  void choose_stream(const Thread& thread) {
    const bool nested = stamped_ && random_() % 20 == 0;
    builder_.stream(thread.stream + (nested ? 100 : 0), thread.serial);
    if (nested) builder_.hand_over(thread.serial);
    if (random_() % 150 == 0) builder_.new_chunk();
    builder_.at(now_);
  }

  /// A mark, or a phase's edge. Phases overlap at will; each has a name of its own.
  void moment(const Thread& thread) {
    builder_.stream(thread.stream, thread.serial);
    builder_.at(++now_);
    const size_t here = reference_.past.size() - 1;
    if (random_() % 2 == 0) {
      builder_.mark("m");
      marks_.push_back(here);
    } else if (open_phases_.size() < 3 || random_() % 2 == 0) {
      open_phases_.push_back(phases_.size());
      builder_.phase_begin("p" + std::to_string(phases_.size()));
      phases_.emplace_back(here, 0);
    } else {
      const size_t chosen = random_() % open_phases_.size();
      phases_[open_phases_[chosen]].second = here;
      builder_.phase_end("p" + std::to_string(open_phases_[chosen]));
      open_phases_.erase(open_phases_.begin() + static_cast<std::ptrdiff_t>(chosen));
    }
    ++now_;
  }

  /// A stream outlives its thread: the next thread takes it over.
  void end_thread(Thread& thread) {
    builder_.stream(thread.stream, thread.serial);
    thread.serial = next_serial_++;
    builder_.hand_over(thread.serial);
  }

  Frames frames() {
    Frames result = {"main"};
    while (result.size() < 6 && random_() % 3 != 0) {
      result.push_back(kFunctions[random_() % kFunctions.size()]);
    }
    return result;
  }

  uint64_t size() { return random_() % 50 == 0 ? random_() % 3'000'000 : random_() % 500; }

  /// Few addresses, so that they are used again all the time.
  uint64_t free_address() {
    uint64_t address = 0;
    do {
      address = 0x10000 + random_() % 400 * 16;
    } while (live_.contains(address));
    return address;
  }

  uint64_t take_live() {
    auto chosen = live_.lower_bound(0x10000 + random_() % 400 * 16);
    if (chosen == live_.end()) chosen = live_.begin();
    const uint64_t address = chosen->first;
    live_.erase(chosen);
    return address;
  }

  void alloc(Thread& thread) {
    if (live_.size() > 300) return free(thread);
    choose_stream(thread);
    const uint64_t address = free_address();
    const uint64_t bytes = size();
    const Frames stack = frames();
    builder_.alloc(address, bytes, stack);
    reference_.birth(now_ - kStart, thread.serial, address, bytes, stack);
    live_[address] = bytes;
  }

  void free(Thread& thread) {
    choose_stream(thread);
    const uint64_t address = take_live();
    builder_.free(address);
    reference_.death(now_ - kStart, thread.serial, address);
  }

  /// Of an address that is never used otherwise: no birth may be taken for its own.
  void foreign_free(Thread& thread) {
    choose_stream(thread);
    builder_.free(0xff0000 + random_() % 50 * 16);
    reference_.death(now_ - kStart, thread.serial, 0xff0000);
  }

  void begin_realloc(Thread& thread) {
    thread.in_realloc = true;
    thread.realloc_begin = now_;
    thread.old_address = take_live();
    reference_.death(now_ - kStart, thread.serial, thread.old_address);
    if (!stamped_) finish_realloc(thread);
  }

  void finish_realloc(Thread& thread) {
    thread.in_realloc = false;
    choose_stream_of_realloc(thread);
    const uint64_t address = random_() % 2 == 0 && !live_.contains(thread.old_address)
                                 ? thread.old_address
                                 : free_address();
    const uint64_t bytes = size();
    const Frames stack = frames();
    builder_.realloc(thread.old_address, address, bytes, stack,
                     static_cast<uint32_t>(now_ - thread.realloc_begin));
    reference_.birth(now_ - kStart, thread.serial, address, bytes, stack);
    live_[address] = bytes;
  }

  /// Not the second stream: there the old block's end would stand before what the first one said
  /// meanwhile.
  void choose_stream_of_realloc(const Thread& thread) {
    builder_.stream(thread.stream, thread.serial);
    builder_.at(now_);
  }

  std::mt19937_64 random_;
  bool stamped_;
  TraceBuilder builder_;
  ReferenceHeap reference_;
  std::map<uint64_t, std::string> names_;
  std::vector<Thread> threads_;
  uint32_t next_serial_ = 1000;
  std::map<uint64_t, uint64_t> live_;
  uint64_t now_ = kStart;
  std::vector<size_t> marks_;                      ///< index into the reference's past
  std::vector<std::pair<size_t, size_t>> phases_;  ///< begin and end
  std::vector<size_t> open_phases_;
};

}  // namespace

TEST_CASE("random programs of one thread are counted as the reference counts them") {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    INFO("seed " << seed);
    RandomProgram program(seed, 1, false, {});
    program.run(600);
    program.check({});
  }
}

TEST_CASE("random programs of several threads are counted as the reference counts them") {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    RandomProgram program(seed, 2 + static_cast<uint32_t>(seed % 7), true, {});
    program.run(800);
    program.check({});
  }
}

TEST_CASE("the snapshot of any step is the live set at its first highest moment") {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    const uint64_t step = seed % 40;
    RandomProgram program(seed, 1 + static_cast<uint32_t>(seed % 3), seed % 3 != 0, step);
    program.run(800);
    INFO("step " << step << " of " << program.duration_ms());
    program.check(step);
  }
}

TEST_CASE("the live set at a mark, a time, a phase's edges and its own peak is what lived then") {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    RandomProgram program(seed, 1 + static_cast<uint32_t>(seed % 3), seed % 3 != 0, {});
    program.keep_moments();
    program.run(500);
    program.check_moments();
  }
}
