// A clock that jumps back and forth by hours, for all who ask the C library for the time.
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

namespace {

unsigned g_asked = 0;

int64_t jump() {
  const unsigned n = __atomic_fetch_add(&g_asked, 1, __ATOMIC_RELAXED);
  return (static_cast<int64_t>(n * 7919 % 13) - 6) * 3600;
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* now) noexcept {
  const long result = syscall(SYS_clock_gettime, clock, now);
  if (result == 0) now->tv_sec += jump();
  return static_cast<int>(result);
}

extern "C" time_t time(time_t* at) noexcept {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (at != nullptr) *at = now.tv_sec;
  return now.tv_sec;
}

extern "C" int gettimeofday(timeval* __restrict now, void* __restrict) noexcept {
  timespec exact;
  clock_gettime(CLOCK_REALTIME, &exact);
  *now = {exact.tv_sec, exact.tv_nsec / 1000};
  return 0;
}
