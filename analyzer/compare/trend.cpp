#include "analyzer/compare/trend.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace memprof::compare {
namespace {

/// Beyond this many values the normal distribution is as good as the exact one.
constexpr size_t kExactMax = 100;

/// The normal distribution's quantile for a two-sided 95 % interval.
constexpr double kNormal95 = 1.959964;

double pairs_of(size_t count) {
  return static_cast<double>(count) * (static_cast<double>(count) - 1) / 2;
}

/// The variance of Kendall's S of `count` values without ties.
double variance_of_s(size_t count) {
  const auto n = static_cast<double>(count);
  return n * (n - 1) * (2 * n + 5) / 18;
}

/// The chance that a random order of `count` values has at most `inversions_max` pairs that fall.
double chance_of_inversions(size_t count, size_t inversions_max) {
  // Value by value: the next one makes 0 to i - 1 inversions with the i - 1 before it, each as
  // likely as the other.
  std::vector<double> chances{1};
  for (size_t i = 2; i <= count; ++i) {
    std::vector<double> next(chances.size() + i - 1);
    double window = 0;
    for (size_t k = 0; k < next.size(); ++k) {
      if (k < chances.size()) window += chances[k];
      if (k >= i) window -= chances[k - i];
      next[k] = std::max(window, 0.0) / static_cast<double>(i);
    }
    next.resize(std::min(next.size(), inversions_max + 1));
    chances = std::move(next);
  }
  return std::min(std::accumulate(chances.begin(), chances.end(), 0.0), 1.0);
}

double chance_of(size_t count, double s) {
  if (count < 2) return 1;
  if (count <= kExactMax) {
    const double inversions = std::ceil((pairs_of(count) - s) / 2);
    return chance_of_inversions(count, static_cast<size_t>(std::max(inversions, 0.0)));
  }
  const double z = (s - 1) / std::sqrt(variance_of_s(count));
  return 0.5 * std::erfc(z / std::sqrt(2.0));
}

}  // namespace

double median_of(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

double spread_of(const std::vector<double>& values) {
  const double median = median_of(values);
  std::vector<double> distances;
  for (const double value : values) distances.push_back(std::abs(value - median));
  return median_of(std::move(distances));
}

Trend trend_of(const std::vector<double>& values) {
  Trend trend;
  const size_t count = values.size();
  if (count < 2) return trend;
  std::vector<double> slopes;
  double s = 0;
  trend.rises_always = true;
  for (size_t i = 0; i + 1 < count; ++i) {
    if (values[i + 1] <= values[i]) trend.rises_always = false;
    for (size_t j = i + 1; j < count; ++j) {
      const double rise = values[j] - values[i];
      slopes.push_back(rise / static_cast<double>(j - i));
      s += rise > 0 ? 1 : rise < 0 ? -1 : 0;
    }
  }
  std::sort(slopes.begin(), slopes.end());
  trend.slope = median_of(slopes);
  const double half = kNormal95 * std::sqrt(variance_of_s(count)) / 2;
  const double middle = static_cast<double>(slopes.size()) / 2;
  const double last = static_cast<double>(slopes.size() - 1);
  trend.slope_low =
      slopes[static_cast<size_t>(std::clamp(std::floor(middle - half) - 1, 0.0, last))];
  trend.slope_high = slopes[static_cast<size_t>(std::clamp(std::ceil(middle + half), 0.0, last))];
  std::vector<double> residuals;
  for (size_t i = 0; i < count; ++i)
    residuals.push_back(values[i] - trend.slope * static_cast<double>(i));
  trend.spread = spread_of(residuals);
  trend.chance = chance_of(count, s);
  return trend;
}

std::vector<double> false_discovery_rates(const std::vector<double>& chances) {
  std::vector<size_t> order(chances.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return chances[a] < chances[b]; });
  std::vector<double> rates(chances.size());
  double rate = 1;
  for (size_t rank = order.size(); rank > 0; --rank) {
    const double share = static_cast<double>(order.size()) / static_cast<double>(rank);
    rate = std::min(rate, chances[order[rank - 1]] * share);
    rates[order[rank - 1]] = rate;
  }
  return rates;
}

}  // namespace memprof::compare
