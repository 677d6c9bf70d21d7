#include "analyzer/heap/live_map.h"

#include <catch2/catch.hpp>
#include <random>
#include <unordered_map>

using memprof::heap::LiveBlock;
using memprof::heap::LiveMap;

TEST_CASE("the live map holds what a map of the library holds, through any inserts and erases") {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    LiveMap map;
    std::unordered_map<uint64_t, LiveBlock> truth;
    for (int i = 0; i < 200'000; ++i) {
      // Dense addresses make long runs of full slots; the bound swings so that the map fills and
      // empties.
      const uint64_t bound = (i / 20'000) % 2 == 0 ? 60'000 : 2'000;
      const uint64_t address = random() % bound * 16;
      LiveBlock* found = map.find(address);
      const auto expected = truth.find(address);
      REQUIRE((found != nullptr) == (expected != truth.end()));
      if (found != nullptr) {
        REQUIRE(*found == expected->second);
        map.erase(found);
        truth.erase(expected);
      } else {
        const LiveBlock block{address, random(), random(), static_cast<uint32_t>(i)};
        const auto [slot, is_new] = map.emplace(block);
        REQUIRE(is_new);
        REQUIRE(*slot == block);
        truth.emplace(address, block);
      }
      REQUIRE(map.size() == truth.size());
    }
    for (const auto& [address, block] : truth) REQUIRE(*map.find(address) == block);
  }
}

TEST_CASE("a block that lives already is not replaced") {
  LiveMap map;
  map.emplace({0, 5, 1, 7});
  const auto [slot, is_new] = map.emplace({0, 6, 2, 8});
  CHECK_FALSE(is_new);
  CHECK(slot->size == 5);
  CHECK(map.size() == 1);
}
