#include "analyzer/compare/scaling.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace memprof::compare {
namespace {

/// Exponents that are tried.
constexpr double kExponentMin = 0.05;
constexpr double kExponentMax = 4;
constexpr double kExponentStep = 0.001;

/// How far a value may be from the line of what is called linear.
constexpr double kLinearError = 0.05;

/// Growth of less than this share of the size is none.
constexpr double kConstantShare = 0.01;

/// Student's t for a two-sided 95 % interval, by degrees of freedom; from the usual tables, and
/// beyond them an expansion by Cornish and Fisher, good to three digits from 10 on.
double student_95(size_t freedom) {
  constexpr double kTable[] = {std::numeric_limits<double>::infinity(),
                               12.7062,
                               4.3027,
                               3.1824,
                               2.7764,
                               2.5706,
                               2.4469,
                               2.3646,
                               2.3060,
                               2.2622,
                               2.2281};
  if (freedom < std::size(kTable)) return kTable[freedom];
  constexpr double kZ = 1.959964;
  const auto f = static_cast<double>(freedom);
  return kZ + (std::pow(kZ, 3) + kZ) / (4 * f) +
         (5 * std::pow(kZ, 5) + 16 * std::pow(kZ, 3) + 3 * kZ) / (96 * f * f);
}

/// A line by least squares.
struct Line {
  double fixed = 0;
  double slope = 0;
  double squares = 0;  ///< the sum of the squared errors
  double mean_x = 0;
  double spread_x = 0;  ///< the sum of the squared distances from the mean

  double at(double x) const { return fixed + slope * x; }
};

Line line_of(const std::vector<double>& x, const std::vector<double>& y) {
  const auto n = static_cast<double>(x.size());
  Line line;
  double mean_y = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    line.mean_x += x[i] / n;
    mean_y += y[i] / n;
  }
  double product = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    line.spread_x += (x[i] - line.mean_x) * (x[i] - line.mean_x);
    product += (x[i] - line.mean_x) * (y[i] - mean_y);
  }
  line.slope = line.spread_x == 0 ? 0 : product / line.spread_x;
  line.fixed = mean_y - line.slope * line.mean_x;
  for (size_t i = 0; i < x.size(); ++i) {
    const double error = y[i] - line.at(x[i]);
    line.squares += error * error;
  }
  return line;
}

/// Inputs as multiples of the largest, to a power: numbers that add up well.
std::vector<double> powers_of(const std::vector<double>& inputs, double exponent) {
  const double largest = *std::max_element(inputs.begin(), inputs.end());
  std::vector<double> powers;
  for (const double input : inputs) powers.push_back(std::pow(input / largest, exponent));
  return powers;
}

Interval around(double value, double half) {
  return {value, value - half, value + half};
}

/// What one more measurement at x would give, with `lost` parameters fitted.
Interval predicted(const Line& line, double x, size_t count, size_t lost) {
  const size_t freedom = count > lost ? count - lost : 0;
  const double error = freedom == 0 ? 0 : std::sqrt(line.squares / static_cast<double>(freedom));
  const double distance = x - line.mean_x;
  const double half = student_95(freedom) * error *
                      std::sqrt(1 + 1 / static_cast<double>(count) +
                                (line.spread_x == 0 ? 0 : distance * distance / line.spread_x));
  return around(line.at(x), half);
}

/// The smallest squared error that rounding alone may leave.
double rounding(const std::vector<double>& sizes) {
  double sum = 0;
  for (const double size : sizes) sum += size * size * 1e-20;
  return sum;
}

Interval exponent_of(const std::vector<double>& inputs, const std::vector<double>& sizes) {
  struct Try {
    double exponent;
    double squares;
  };
  std::vector<Try> tries;
  const auto steps =
      static_cast<size_t>(std::lround((kExponentMax - kExponentMin) / kExponentStep));
  for (size_t i = 0; i <= steps; ++i) {
    const double exponent = kExponentMin + kExponentStep * static_cast<double>(i);
    tries.push_back({exponent, line_of(powers_of(inputs, exponent), sizes).squares});
  }
  const auto best = std::min_element(
      tries.begin(), tries.end(), [](const Try& a, const Try& b) { return a.squares < b.squares; });
  const size_t freedom = inputs.size() - 3;
  const double t = student_95(freedom);
  // F with 1 and n degrees of freedom is t squared.
  const double limit =
      (best->squares + rounding(sizes)) * (1 + t * t / static_cast<double>(freedom));
  auto low = best;
  auto high = best;
  while (low != tries.begin() && std::prev(low)->squares <= limit) --low;
  while (std::next(high) != tries.end() && std::next(high)->squares <= limit) ++high;
  return {best->exponent, low->exponent, high->exponent};
}

bool fits_line(const Line& line, const std::vector<double>& inputs,
               const std::vector<double>& sizes) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (std::abs(sizes[i] - line.at(inputs[i])) > kLinearError * sizes[i]) return false;
  }
  return true;
}

Shape shape_of(const Scaling& scaling, const Line& line, const std::vector<double>& inputs,
               const std::vector<double>& sizes) {
  const auto [least, most] = std::minmax_element(inputs.begin(), inputs.end());
  const double growth = line.slope * (*most - *least);
  if (std::abs(growth) <= kConstantShare * *std::max_element(sizes.begin(), sizes.end()))
    return Shape::kConstant;
  const bool any_slope = scaling.per_unit.low > 0 || scaling.per_unit.high < 0;
  if (!scaling.exponent || !any_slope) return Shape::kUndecided;
  if (scaling.exponent->low <= 1 + kExponentStep && scaling.exponent->high >= 1 - kExponentStep) {
    const bool known = scaling.exponent->low > 0.5 && scaling.exponent->high < 2;
    return known && fits_line(line, inputs, sizes) ? Shape::kLinear : Shape::kUndecided;
  }
  return scaling.exponent->low > 1 ? Shape::kMoreThanLinear : Shape::kLessThanLinear;
}

Interval prediction_of(const Scaling& scaling, const Line& line, const std::vector<double>& inputs,
                       const std::vector<double>& sizes, double predict) {
  if (scaling.shape != Shape::kMoreThanLinear && scaling.shape != Shape::kLessThanLinear)
    return predicted(line, predict, inputs.size(), 2);
  // The bounds of the exponent bound what it is best known for.
  const double largest = *std::max_element(inputs.begin(), inputs.end());
  const auto by_power = [&](double exponent) {
    const Line power = line_of(powers_of(inputs, exponent), sizes);
    return predicted(power, std::pow(predict / largest, exponent), inputs.size(), 3);
  };
  Interval result = by_power(scaling.exponent->value);
  for (const double exponent : {scaling.exponent->low, scaling.exponent->high}) {
    const Interval other = by_power(exponent);
    result.low = std::min(result.low, other.value);
    result.high = std::max(result.high, other.value);
  }
  return result;
}

}  // namespace

const char* shape_name(Shape shape) {
  switch (shape) {
    case Shape::kConstant:
      return "constant";
    case Shape::kLinear:
      return "linear";
    case Shape::kMoreThanLinear:
      return "more than linear";
    case Shape::kLessThanLinear:
      return "less than linear";
    case Shape::kUndecided:
      break;
  }
  return "undecided";
}

double slope_of(const std::vector<double>& inputs, const std::vector<double>& sizes) {
  return line_of(inputs, sizes).slope;
}

Scaling fit_scaling(const std::vector<double>& inputs, const std::vector<double>& sizes,
                    std::optional<double> predict) {
  assert(inputs.size() >= 2 && inputs.size() == sizes.size());
  const Line line = line_of(inputs, sizes);
  const size_t freedom = inputs.size() - 2;
  const auto n = static_cast<double>(inputs.size());
  const double error = freedom == 0 ? 0 : std::sqrt(line.squares / static_cast<double>(freedom));
  const double t = student_95(freedom);
  Scaling scaling;
  // Two points say nothing of how far off their line is.
  const double slope_half =
      freedom == 0 ? std::numeric_limits<double>::infinity() : t * error / std::sqrt(line.spread_x);
  const double fixed_half =
      freedom == 0 ? std::numeric_limits<double>::infinity()
                   : t * error * std::sqrt(1 / n + line.mean_x * line.mean_x / line.spread_x);
  scaling.per_unit = around(line.slope, slope_half);
  scaling.fixed = around(line.fixed, fixed_half);
  if (inputs.size() >= 4) scaling.exponent = exponent_of(inputs, sizes);
  scaling.shape = shape_of(scaling, line, inputs, sizes);
  if (predict) {
    scaling.prediction = prediction_of(scaling, line, inputs, sizes, *predict);
    if (freedom == 0) {
      scaling.prediction->low = -std::numeric_limits<double>::infinity();
      scaling.prediction->high = std::numeric_limits<double>::infinity();
    }
  }
  return scaling;
}

}  // namespace memprof::compare
