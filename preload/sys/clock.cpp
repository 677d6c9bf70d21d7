#include "preload/sys/clock.h"

#include <cpuid.h>

namespace memprof::sys {

constinit uint64_t g_stamp_counter = 0;
constinit bool g_stamp_is_tsc = true;

bool tsc_is_reliable() {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  constexpr unsigned kInvariantTsc = 1u << 8;
  return __get_cpuid(0x80000007, &a, &b, &c, &d) != 0 && (d & kInvariantTsc) != 0;
}

}  // namespace memprof::sys
