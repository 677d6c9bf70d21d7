#pragma once

#include <cstdint>

namespace memprof::heap {

__extension__ using Uint128 = unsigned __int128;

/// Drawn once per run of the analyzer, so that no trace can be made whose addresses all collide.
/// Nothing that is reported depends on it: no table is ever listed in its own order.
uint64_t hash_seed();

/// Mixes all bits of `key` into all bits of the result; about a nanosecond.
inline uint64_t hash_of(uint64_t key, uint64_t seed) {
  const Uint128 product = Uint128{key ^ seed} * 0x9e3779b97f4a7c15ULL;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

}  // namespace memprof::heap
