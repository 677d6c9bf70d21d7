#include <catch2/catch.hpp>

#include "tests/e2e/scenario.h"

namespace memprof::test {
namespace {

struct Expected {
  const char* function;
  uint64_t allocations;
  uint64_t bytes;
  uint64_t live_blocks;
  uint64_t live_bytes;
};

// What entry_points.cpp does, counted by the rules: a call that fails is nothing, realloc of a
// block is its end and a new one, realloc to 0 an end, and sizes are those asked for.
const Expected kExpected[] = {
    {"call_malloc", 1, 101, 0, 0},
    {"call_malloc_zero", 1, 0, 0, 0},
    {"call_malloc_kept", 1, 103, 1, 103},
    {"call_malloc_huge", 0, 0, 0, 0},
    {"call_malloc_mapped", 1, 17 * 1024 * 1024 + 1, 0, 0},
    {"call_free_null", 0, 0, 0, 0},
    {"call_calloc", 1, 7 * 109, 0, 0},
    {"call_calloc_zero", 1, 0, 0, 0},
    {"call_calloc_overflow", 0, 0, 0, 0},
    {"call_realloc_null", 1, 113, 0, 0},
    {"call_realloc_null_zero", 1, 0, 0, 0},
    {"call_realloc_grow", 2, 127 + 131071, 0, 0},
    {"call_realloc_zero", 1, 137, 0, 0},
    {"call_realloc_fails", 1, 139, 0, 0},
    {"call_realloc_fails_kept", 1, 149, 1, 149},
    {"call_realloc_chain", 10, 55 * 1009, 0, 0},
    {"call_reallocarray", 1, 3 * 151, 0, 0},
    {"call_reallocarray_grow", 2, 157 + 3 * 163, 0, 0},
    {"call_reallocarray_overflow", 1, 167, 0, 0},
    {"call_reallocarray_zero", 1, 173, 0, 0},
    {"call_aligned_alloc", 1, 179, 0, 0},
    {"call_memalign", 1, 181, 0, 0},
    {"call_memalign_odd", 1, 191, 0, 0},
    {"call_posix_memalign", 1, 193, 0, 0},
    {"call_posix_memalign_bad", 0, 0, 0, 0},
    {"call_posix_memalign_huge", 0, 0, 0, 0},
    {"call_valloc", 1, 199, 0, 0},
    {"call_pvalloc", 1, 211, 0, 0},
    {"call_pvalloc_huge", 0, 0, 0, 0},
    {"call_usable_size", 1, 223, 0, 0},
    {"call_new", 1, 227, 0, 0},
    {"call_new_array", 1, 229, 0, 0},
    {"call_new_sized_delete", 1, 233, 0, 0},
    {"call_new_nothrow", 1, 239, 0, 0},
    {"call_new_aligned", 1, 256, 0, 0},
    {"call_strdup", 1, 26, 0, 0},
    {"call_strndup", 1, 9, 0, 0},
};

// How often these allocate is the C and C++ libraries' business: the exception of a failed new, a
// stream and its buffer. What they hand out is freed.
const char* const kBalanced[] = {"call_new_fails", "call_new_nothrow_fails", "call_asprintf",
                                 "call_getline",   "call_realpath",          "call_open_memstream"};

TEST_CASE("Each allocation function is counted once, at its size, under its caller", "[h16]") {
  Scenario scenario("entry_points", {});
  REQUIRE(scenario.run().status == 0);
  const Process& process = scenario.process();
  std::map<std::string, heap::Counts> counts = process.counts_by_function();
  for (const Expected& expected : kExpected) {
    INFO(expected.function);
    const heap::Counts found = counts[expected.function];
    CHECK(found.allocations == expected.allocations);
    CHECK(found.bytes_allocated == expected.bytes);
    CHECK(found.live_blocks == expected.live_blocks);
    CHECK(found.live_bytes == expected.live_bytes);
    CHECK(found.frees == expected.allocations - expected.live_blocks);
  }
  for (const char* function : kBalanced) {
    INFO(function);
    CHECK(counts[function].allocations > 0);
    CHECK(counts[function].allocations == counts[function].frees);
  }
  CHECK(process.sums_agree());
  CHECK(process.heap.totals.foreign_frees == 0);
  CHECK(process.heap.health.lost_events == 0);
  CHECK(process.heap.health.reused_live == 0);
}

}  // namespace
}  // namespace memprof::test
