#include "analyzer/heap/stamp_clock.h"

#include <algorithm>

#include "analyzer/heap/hash.h"

namespace memprof::heap {

using format::ClockPair;

namespace {

/// Pairs closer together than this say little about the rate: each reading is off by some 100 ns.
constexpr uint64_t kRateBaselineMinNs = 100'000;

uint64_t clamped(Uint128 value) {
  return value > UINT64_MAX ? UINT64_MAX : static_cast<uint64_t>(value);
}

/// value * numerator / denominator, rounded down or up; at most UINT64_MAX.
uint64_t scale_down(uint64_t value, uint64_t numerator, uint64_t denominator) {
  return clamped(Uint128{value} * numerator / denominator);
}

uint64_t scale_up(uint64_t value, uint64_t numerator, uint64_t denominator) {
  return clamped((Uint128{value} * numerator + denominator - 1) / denominator);
}

uint64_t add(uint64_t a, uint64_t b) {
  return clamped(Uint128{a} + b);
}

uint64_t subtract(uint64_t a, uint64_t b) {
  return a > b ? a - b : 0;
}

}  // namespace

StampClock::StampClock(const trace::Identity& identity, std::vector<ClockPair> pairs) {
  if (identity.calibration.monotonic_ns != 0) pairs.push_back(identity.calibration);
  std::sort(pairs.begin(), pairs.end(), [](const ClockPair& a, const ClockPair& b) {
    return a.stamp != b.stamp ? a.stamp < b.stamp : a.monotonic_ns < b.monotonic_ns;
  });
  points_.push_back(identity.start);
  for (const ClockPair& pair : pairs) {
    const ClockPair& last = points_.back();
    if (pair.stamp < last.stamp || pair.monotonic_ns < last.monotonic_ns) continue;
    points_.push_back(pair);
  }
  choose_rate(identity);
}

void StampClock::choose_rate(const trace::Identity& identity) {
  const ClockPair& first = points_.front();
  const ClockPair& last = points_.back();
  const bool apart = last.stamp > first.stamp;
  if (apart && last.monotonic_ns - first.monotonic_ns >= kRateBaselineMinNs) {
    rate_stamps_ = last.stamp - first.stamp;
    rate_ns_ = last.monotonic_ns - first.monotonic_ns;
  } else if (identity.stamp_source == format::StampSource::kCounter) {
    // A counter counts events: without pairs nothing is known of their time.
    rate_ns_ = 0;
  } else if (first.monotonic_ns != 0 && first.stamp / first.monotonic_ns < 10 &&
             first.monotonic_ns / 10 < first.stamp) {
    // Both clocks began when the machine did: good enough for a process that ended at once.
    rate_stamps_ = first.stamp;
    rate_ns_ = first.monotonic_ns;
  }
}

uint64_t StampClock::monotonic_ns(uint64_t stamp) const {
  const auto after = std::upper_bound(
      points_.begin(), points_.end(), stamp,
      [](uint64_t wanted, const ClockPair& point) { return wanted < point.stamp; });
  if (after == points_.begin()) {
    return subtract(after->monotonic_ns, scale_up(after->stamp - stamp, rate_ns_, rate_stamps_));
  }
  const ClockPair& from = *(after - 1);
  const uint64_t beyond = stamp - from.stamp;
  if (after == points_.end()) {
    return add(from.monotonic_ns, scale_down(beyond, rate_ns_, rate_stamps_));
  }
  return from.monotonic_ns +
         scale_down(beyond, after->monotonic_ns - from.monotonic_ns, after->stamp - from.stamp);
}

uint64_t StampClock::first_stamp_at(uint64_t monotonic_ns) const {
  if (monotonic_ns == 0) return 0;  // Where all earlier times are cut off to.
  const auto reached = std::lower_bound(
      points_.begin(), points_.end(), monotonic_ns,
      [](const ClockPair& point, uint64_t wanted) { return point.monotonic_ns < wanted; });
  if (reached == points_.begin()) {
    if (rate_ns_ == 0) return 0;
    const uint64_t before_ns = reached->monotonic_ns - monotonic_ns;
    return subtract(reached->stamp, scale_down(before_ns, rate_stamps_, rate_ns_));
  }
  const ClockPair& from = *(reached - 1);
  const uint64_t beyond_ns = monotonic_ns - from.monotonic_ns;
  if (reached == points_.end()) {
    if (rate_ns_ == 0) return UINT64_MAX;
    return add(from.stamp, scale_up(beyond_ns, rate_stamps_, rate_ns_));
  }
  return from.stamp + scale_up(beyond_ns, reached->stamp - from.stamp,
                               reached->monotonic_ns - from.monotonic_ns);
}

uint64_t StampClock::stamps_in(uint64_t duration_ns) const {
  return rate_ns_ == 0 ? 0 : scale_up(duration_ns, rate_stamps_, rate_ns_);
}

}  // namespace memprof::heap
