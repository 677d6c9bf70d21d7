#include "analyzer/heap/stamp_clock.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <vector>

namespace {

using namespace memprof;
using heap::StampClock;

trace::Identity started(format::ClockPair start, format::ClockPair calibration = {}) {
  trace::Identity identity;
  identity.start = start;
  identity.calibration = calibration;
  return identity;
}

}  // namespace

TEST_CASE("stamps between two readings are interpolated, others follow the overall rate") {
  const StampClock clock(started({1000, 1'000'000}), {{2001000, 2'000'000}, {5001000, 3'000'000}});
  CHECK(clock.monotonic_ns(1000) == 1'000'000);
  CHECK(clock.monotonic_ns(1001000) == 1'500'000);
  CHECK(clock.monotonic_ns(2001000) == 2'000'000);
  CHECK(clock.monotonic_ns(3501000) == 2'500'000);
  CHECK(clock.monotonic_ns(5001000) == 3'000'000);
  CHECK(clock.monotonic_ns(10'001'000) == 5'000'000);
  CHECK(clock.monotonic_ns(500) == 999'800);
  CHECK(clock.stamps_in(10'000) == 25'000);
}

TEST_CASE("a process that ended at once has its calibration, else the age of the machine") {
  const StampClock calibrated(started({10'000'000, 5'000'000}, {13'000'000, 6'000'000}), {});
  CHECK(calibrated.monotonic_ns(16'000'000) == 7'000'000);
  const StampClock since_boot(started({20'000'000'000, 10'000'000'000}), {});
  CHECK(since_boot.monotonic_ns(20'000'002'000) == 10'000'001'000);
}

TEST_CASE("counter stamps without a second reading all have the one time known") {
  trace::Identity identity = started({50, 7'000'000});
  identity.stamp_source = format::StampSource::kCounter;
  const StampClock clock(identity, {});
  CHECK(clock.monotonic_ns(50) == 7'000'000);
  CHECK(clock.monotonic_ns(5'000'000) == 7'000'000);
  CHECK(clock.first_stamp_at(7'000'001) == UINT64_MAX);
}

TEST_CASE("a reading that contradicts the ones before is left out") {
  const StampClock clock(started({1000, 1'000'000}),
                         {{2'001'000, 500'000}, {3'001'000, 4'000'000}});
  CHECK(clock.monotonic_ns(2'001'000) == 3'000'000);
}

TEST_CASE("time never runs backwards, and both directions agree, whatever the readings are") {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    const auto reading = [&] {
      // Now and then a reading from another world.
      const uint64_t shift = random() % 6 == 0 ? random() % 64 : 34;
      return format::ClockPair{random() >> shift, random() >> (random() % 6 == 0 ? shift : 34)};
    };
    trace::Identity identity = started(reading(), reading());
    if (seed % 4 == 0) identity.stamp_source = format::StampSource::kCounter;
    std::vector<format::ClockPair> pairs(random() % 8);
    for (format::ClockPair& pair : pairs) pair = reading();
    const StampClock clock(identity, pairs);
    uint64_t last_stamp = 0;
    uint64_t last_ns = 0;
    for (int i = 0; i < 200; ++i) {
      const uint64_t stamp = last_stamp + (random() >> (20 + random() % 44));
      if (stamp < last_stamp) break;
      const uint64_t ns = clock.monotonic_ns(stamp);
      REQUIRE(ns >= last_ns);
      // The first stamp at or after a time: everything before it is earlier, and it is not.
      const uint64_t wanted = ns + random() % 1000;
      const uint64_t first = clock.first_stamp_at(wanted);
      if (wanted >= ns && first != UINT64_MAX) {
        REQUIRE(clock.monotonic_ns(first) >= wanted);
        if (first > 0) REQUIRE(clock.monotonic_ns(first - 1) < wanted);
      }
      last_stamp = stamp;
      last_ns = ns;
    }
  }
}
