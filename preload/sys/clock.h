// Time stamps for ordering events, and the pairs that turn them into nanoseconds.
#pragma once

#include <time.h>
#include <x86intrin.h>

#include <cstdint>

#include "preload/format/trace_format.h"
#include "preload/sys/syscall.h"

namespace memprof::sys {

/// Counts up once per stamp where the TSC cannot be used. Shared by all threads: slow, but right.
extern uint64_t g_stamp_counter;

/// Whether stamps come from the TSC. Written once at start, before a second thread can record.
extern bool g_stamp_is_tsc;

/// CLOCK_MONOTONIC when g_quiet was set.
extern uint64_t g_quiet_ns;

/// Prepares for a sandbox; nothing changes yet. To be called before the program asks for it.
struct QuietStart {
  uint64_t stamp;
  uint64_t ns;
};
QuietStart prepare_quiet();

/// The sandbox is on: no system call and no TSC from now on. Stamps count up from those before.
void begin_quiet(const QuietStart& start);

/// Says whether the TSC ticks at one rate on all cores.
bool tsc_is_reliable();

/// A stamp that is ordered against the memory operations around it: whatever another thread did
/// before we could see its effect has a smaller stamp. An unfenced rdtsc may be taken early by the
/// processor.
inline uint64_t ordered_stamp() {
  if (__builtin_expect(g_stamp_is_tsc, 1)) {
    _mm_lfence();
    return __rdtsc();
  }
  return __atomic_add_fetch(&g_stamp_counter, 1, __ATOMIC_SEQ_CST);
}

/// A stamp where one thread alone runs.
inline uint64_t plain_stamp() {
  if (__builtin_expect(g_stamp_is_tsc, 1)) return __rdtsc();
  return __atomic_add_fetch(&g_stamp_counter, 1, __ATOMIC_RELAXED);  // Only one thread counts.
}

/// CLOCK_MONOTONIC; in a sandbox what it was when that began, because the vDSO reads the TSC.
inline uint64_t monotonic_ns() {
  if (__builtin_expect(g_quiet, 0)) return g_quiet_ns;
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);  // vDSO: no system call with the usual clock sources
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

inline format::ClockPair read_clock() {
  const uint64_t ns = monotonic_ns();
  return {ordered_stamp(), ns};
}

}  // namespace memprof::sys
