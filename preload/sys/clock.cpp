#include "preload/sys/clock.h"

#include <cpuid.h>

namespace memprof::sys {

constinit uint64_t g_stamp_counter = 0;
constinit bool g_stamp_is_tsc = true;
constinit uint64_t g_quiet_ns = 0;

QuietStart prepare_quiet() {
  return {ordered_stamp(), monotonic_ns()};
}

void begin_quiet(const QuietStart& start) {
  g_quiet_ns = start.ns;
  if (g_stamp_is_tsc) {
    // Other threads have read the TSC meanwhile: begin a little after whatever they may have seen.
    constexpr uint64_t kLater = uint64_t{1} << 24;
    __atomic_store_n(&g_stamp_counter, start.stamp + kLater, __ATOMIC_SEQ_CST);
    g_stamp_is_tsc = false;
  }
  __atomic_store_n(&g_quiet, true, __ATOMIC_SEQ_CST);
}

bool tsc_is_reliable() {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  constexpr unsigned kInvariantTsc = 1u << 8;
  return __get_cpuid(0x80000007, &a, &b, &c, &d) != 0 && (d & kInvariantTsc) != 0;
}

}  // namespace memprof::sys
