#include "analyzer/compare/trend.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>
#include <random>

using namespace memprof;
using compare::Trend;
using compare::trend_of;

namespace {

double s_of(const std::vector<double>& values) {
  double s = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    for (size_t j = i + 1; j < values.size(); ++j)
      s += values[j] > values[i] ? 1 : values[j] < values[i] ? -1 : 0;
  }
  return s;
}

/// The share of all orders of these values that rise at least as much.
double chance_by_trying(const std::vector<double>& values) {
  std::vector<double> order = values;
  std::sort(order.begin(), order.end());
  const double s = s_of(values);
  std::vector<size_t> index(values.size());
  std::iota(index.begin(), index.end(), size_t{0});
  double all = 0;
  double as_high = 0;
  do {
    std::vector<double> one;
    for (const size_t i : index) one.push_back(order[i]);
    ++all;
    if (s_of(one) >= s) ++as_high;
  } while (std::next_permutation(index.begin(), index.end()));
  return as_high / all;
}

}  // namespace

TEST_CASE("The chance of a trend is the share of orders that rise as much", "[growth]") {
  std::mt19937_64 random(5);
  for (int round = 0; round < 40; ++round) {
    std::vector<double> values(2 + random() % 6);
    for (double& value : values) value = static_cast<double>(random() % 1000000);
    INFO("round " << round);
    CHECK(trend_of(values).chance == Approx(chance_by_trying(values)).epsilon(1e-9));
  }
}

TEST_CASE("The chance of a rising series with ties is never made smaller than it is", "[growth]") {
  std::mt19937_64 random(6);
  for (int round = 0; round < 60; ++round) {
    std::vector<double> values(3 + random() % 5);
    for (double& value : values) value = static_cast<double>(random() % 3);
    INFO("round " << round);
    if (s_of(values) > 0) CHECK(trend_of(values).chance >= chance_by_trying(values) - 1e-12);
  }
}

TEST_CASE("A series that always rises has the chance of one order in n!", "[growth]") {
  double factorial = 1;
  for (size_t n = 2; n <= 12; ++n) {
    factorial *= static_cast<double>(n);
    std::vector<double> values(n);
    std::iota(values.begin(), values.end(), 5.0);
    const Trend trend = trend_of(values);
    CHECK(trend.rises_always);
    CHECK(trend.chance == Approx(1 / factorial));
    CHECK(trend.slope == 1);
    CHECK(trend.spread == Approx(0).margin(1e-9));
  }
}

TEST_CASE("The exact chance and that of long series meet", "[growth]") {
  std::mt19937_64 random(8);
  for (int round = 0; round < 20; ++round) {
    std::vector<double> values(100);
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = static_cast<double>(random() % 10000) + static_cast<double>(i * 10);
    const double exact = trend_of(values).chance;
    const double s = s_of(values);
    const double z = (s - 1) / std::sqrt(100.0 * 99 * 205 / 18);
    CHECK(exact == Approx(0.5 * std::erfc(z / std::sqrt(2))).margin(0.005));
  }
}

TEST_CASE("The slope is the median over all pairs, and outliers do not move it", "[growth]") {
  std::mt19937_64 random(9);
  for (int round = 0; round < 30; ++round) {
    std::vector<double> values(3 + random() % 10);
    for (double& value : values) value = static_cast<double>(random() % 1000);
    std::vector<double> slopes;
    for (size_t i = 0; i < values.size(); ++i) {
      for (size_t j = i + 1; j < values.size(); ++j)
        slopes.push_back((values[j] - values[i]) / static_cast<double>(j - i));
    }
    std::sort(slopes.begin(), slopes.end());
    const size_t n = slopes.size();
    const double median = n % 2 == 1 ? slopes[n / 2] : (slopes[n / 2 - 1] + slopes[n / 2]) / 2;
    CHECK(trend_of(values).slope == Approx(median));
  }
  CHECK(trend_of({0, 64, 128, 100'000, 256, 320, 384, 448}).slope == Approx(64));
}

TEST_CASE("Nine in ten intervals of the slope, and more, hold the true slope", "[growth]") {
  std::mt19937_64 random(10);
  std::normal_distribution<double> noise(0, 100);
  int held = 0;
  for (int round = 0; round < 1000; ++round) {
    std::vector<double> values;
    for (int i = 0; i < 12; ++i) values.push_back(64 * i + noise(random));
    const Trend trend = trend_of(values);
    CHECK(trend.slope_low <= trend.slope);
    CHECK(trend.slope <= trend.slope_high);
    held += trend.slope_low <= 64 && 64 <= trend.slope_high ? 1 : 0;
  }
  CHECK(held > 930);
  CHECK(held < 995);  // not by being endless
}

TEST_CASE("False discovery rates are Benjamini's and Hochberg's", "[growth]") {
  // p(i) * n / i from the largest down, never rising: worked by hand.
  const std::vector<double> rates = compare::false_discovery_rates({0.01, 0.04, 0.03, 0.5});
  CHECK(rates[0] == Approx(0.04));
  CHECK(rates[1] == Approx(0.04 * 4 / 3));
  CHECK(rates[2] == Approx(0.04 * 4 / 3));
  CHECK(rates[3] == Approx(0.5));
  CHECK(compare::false_discovery_rates({}).empty());
}

TEST_CASE("Series of no or one value have no trend", "[growth]") {
  for (const auto& values : {std::vector<double>{}, std::vector<double>{5}}) {
    const Trend trend = trend_of(values);
    CHECK_FALSE(trend.rises_always);
    CHECK(trend.chance == 1);
    CHECK(trend.slope == 0);
  }
  CHECK(compare::median_of({}) == 0);
  CHECK(compare::median_of({4, 1, 3, 2}) == 2.5);
  CHECK(compare::spread_of({1, 1, 2, 100}) == Approx(0.5));
}
