#include "analyzer/compare/scaling.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <random>

using namespace memprof;
using compare::fit_scaling;
using compare::Scaling;
using compare::Shape;

namespace {

const std::vector<double> kInputs = {50, 100, 200, 400};

Scaling fit(const std::vector<double>& inputs, const std::function<double(double)>& size,
            std::optional<double> predict = std::nullopt) {
  std::vector<double> sizes;
  for (const double input : inputs) sizes.push_back(size(input));
  return fit_scaling(inputs, sizes, predict);
}

}  // namespace

TEST_CASE("A line comes out as what it was made of", "[scaling]") {
  const Scaling scaling = fit(
      kInputs, [](double n) { return 70'000 + 1234 * n; }, 5000);
  CHECK(scaling.shape == Shape::kLinear);
  CHECK(scaling.fixed.value == Approx(70'000));
  CHECK(scaling.per_unit.value == Approx(1234));
  REQUIRE(scaling.exponent);
  CHECK(scaling.exponent->value == Approx(1).margin(0.002));
  REQUIRE(scaling.prediction);
  CHECK(scaling.prediction->value == Approx(70'000 + 1234 * 5000.0));
}

TEST_CASE("Squares, logarithms' likes and constants are told from lines", "[scaling]") {
  const std::vector<double> inputs = {100, 200, 400, 800, 1600};
  const Scaling square = fit(
      inputs, [](double n) { return 5000 + 3 * n * n; }, 3200);
  CHECK(square.shape == Shape::kMoreThanLinear);
  CHECK(square.exponent->value == Approx(2).margin(0.01));
  CHECK(square.prediction->value == Approx(5000 + 3 * 3200.0 * 3200).epsilon(0.01));
  const Scaling root = fit(
      inputs, [](double n) { return 5000 + 300 * std::sqrt(n); }, 3200);
  CHECK(root.shape == Shape::kLessThanLinear);
  CHECK(root.exponent->value == Approx(0.5).margin(0.01));
  CHECK(fit(inputs, [](double) { return 5000.0; }).shape == Shape::kConstant);
  CHECK(fit(inputs, [](double n) { return 1'000'000 + n / 1000; }).shape == Shape::kConstant);
}

TEST_CASE("Too few values have no exponent and two no bounds", "[scaling]") {
  const Scaling three = fit(
      {1, 2, 3}, [](double n) { return 10 + 7 * n; }, 10);
  CHECK_FALSE(three.exponent.has_value());
  CHECK(three.shape == Shape::kUndecided);
  const Scaling two = fit(
      {1, 2}, [](double n) { return 10 + 7 * n; }, 10);
  CHECK(two.per_unit.value == Approx(7));
  CHECK(std::isinf(two.per_unit.high));
  CHECK(std::isinf(two.prediction->low));
}

TEST_CASE("Intervals hold the truth about 19 times in 20", "[scaling]") {
  std::mt19937_64 random(11);
  std::normal_distribution<double> noise(0, 2000);
  constexpr int kRounds = 400;
  int slope = 0;
  int fixed = 0;
  int exponent = 0;
  int prediction = 0;
  for (int round = 0; round < kRounds; ++round) {
    const Scaling scaling = fit(
        {50, 100, 150, 200, 300, 400, 500, 600},
        [&](double n) { return 70'000 + 1000 * n + noise(random); }, 1000);
    const auto holds = [](const compare::Interval& interval, double truth) {
      return interval.low <= truth && truth <= interval.high ? 1 : 0;
    };
    slope += holds(scaling.per_unit, 1000);
    fixed += holds(scaling.fixed, 70'000);
    exponent += holds(*scaling.exponent, 1);
    if (scaling.shape == Shape::kLinear)
      prediction += holds(*scaling.prediction, 70'000 + 1000 * 1000 + noise(random));
  }
  for (const int held : {slope, fixed, exponent}) {
    CHECK(held > kRounds * 91 / 100);
    CHECK(held < kRounds * 99 / 100);  // not by being endless
  }
  CHECK(prediction > kRounds * 85 / 100);
}

TEST_CASE("Steps as tables make when they double are undecided, not called a law", "[scaling]") {
  const Scaling scaling = fit(kInputs, [](double n) { return n < 150 ? 100'000.0 : 350'000.0; });
  CHECK((scaling.shape == Shape::kUndecided || scaling.shape == Shape::kLessThanLinear));
  CHECK(scaling.shape != Shape::kLinear);
}

TEST_CASE("Noise as large as the growth is undecided", "[scaling]") {
  std::mt19937_64 random(12);
  std::normal_distribution<double> noise(0, 200'000);
  int decided = 0;
  for (int round = 0; round < 200; ++round) {
    const Scaling scaling =
        fit({50, 100, 200, 400}, [&](double n) { return 3'000'000 + 400 * n + noise(random); });
    decided += scaling.shape == Shape::kUndecided || scaling.shape == Shape::kConstant ? 0 : 1;
  }
  CHECK(decided < 20);
}
