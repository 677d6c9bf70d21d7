#include "analyzer/symbols/range_map.h"

#include <catch2/catch.hpp>
#include <random>
#include <tuple>
#include <vector>

using memprof::symbols::RangeMap;

TEST_CASE("the innermost of nested and overlapping ranges is found, as by a search of them all") {
  struct Range {
    uint64_t low, high;
  };
  for (uint32_t seed = 1; seed <= 200; ++seed) {
    std::mt19937 random(seed);
    std::vector<Range> ranges(random() % 40);
    RangeMap<size_t> map;
    for (size_t i = 0; i < ranges.size(); ++i) {
      ranges[i] = {random() % 100, random() % 100};
      map.add(ranges[i].low, ranges[i].high, i);
    }
    map.build();
    for (uint64_t address = 0; address < 101; ++address) {
      const Range* best = nullptr;
      for (const Range& range : ranges) {
        if (address < range.low || address >= range.high) continue;
        if (best == nullptr || range.low > best->low ||
            (range.low == best->low && range.high < best->high)) {
          best = &range;
        }
      }
      INFO("seed " << seed << ", address " << address);
      const size_t* found = map.find(address);
      REQUIRE((found != nullptr) == (best != nullptr));
      if (best != nullptr) {
        REQUIRE(*found == static_cast<size_t>(best - ranges.data()));
      }
    }
  }
}

TEST_CASE("ranges reach to the last address but one, and none is found in an empty map") {
  RangeMap<int> map;
  map.build();
  CHECK(map.find(0) == nullptr);
  map.add(10, UINT64_MAX, 7);
  map.build();
  CHECK(map.find(9) == nullptr);
  REQUIRE(map.find(UINT64_MAX - 1) != nullptr);
  CHECK(*map.find(UINT64_MAX - 1) == 7);
  CHECK(map.find(UINT64_MAX) == nullptr);
}

TEST_CASE("many ranges within one wide range neither hide it nor make it slow to find") {
  RangeMap<int> map;
  constexpr uint64_t kCount = 200'000;
  map.add(0, kCount * 10, -1);
  for (uint64_t i = 0; i < kCount; ++i) map.add(i * 10, i * 10 + 1, static_cast<int>(i));
  map.build();
  for (uint64_t i = 0; i < kCount; ++i) {
    REQUIRE(*map.find(i * 10) == static_cast<int>(i));
    REQUIRE(*map.find(i * 10 + 5) == -1);
  }
}
