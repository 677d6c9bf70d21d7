#include "preload/samples.h"

#include "preload/process.h"
#include "preload/sys/clock.h"
#include "preload/sys/files.h"

namespace memprof {

constinit bool g_rss_enabled = true;

namespace {

constexpr uint64_t kIntervalNs = 10'000'000;

// CLOCK_MONOTONIC of the last sample. Only the one thread that runs alone uses it.
constinit uint64_t g_last_sample_ns = 0;

}  // namespace

format::RssFields read_rss(bool with_peak) {
  format::RssFields rss{0, 0, own_bytes()};
  if (!g_rss_enabled || in_vfork_child()) return rss;
  rss.rss_bytes = sys::resident_bytes();
  if (with_peak) rss.peak_rss_bytes = sys::peak_resident_bytes();
  return rss;
}

void write_sample(Stream& s, format::SampleReason reason, bool with_peak) {
  const format::RssFields rss = read_rss(with_peak);
  const format::ClockPair clock = sys::read_clock();
  g_last_sample_ns = clock.monotonic_ns;
  append(s, format::Control::kSample,
         format::SampleRecord{clock, rss, static_cast<uint32_t>(reason)});
}

void sample_if_due(Stream& s, uint64_t stamp) {
  // The clock of the trace may tick in any unit; a look at the real one costs little, and is made
  // only after the stamp has moved by more than a TSC can in a few hundred microseconds.
  constexpr uint64_t kMinTicks = 1'000'000;
  if (!g_rss_enabled || (sys::g_stamp_is_tsc && stamp - s.sampled_stamp < kMinTicks)) return;
  s.sampled_stamp = stamp;
  if (sys::monotonic_ns() - g_last_sample_ns < kIntervalNs) return;
  write_sample(s, format::SampleReason::kPeriodic, false);
}

}  // namespace memprof
