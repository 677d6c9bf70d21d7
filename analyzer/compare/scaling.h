#pragma once

#include <optional>
#include <vector>

namespace memprof::compare {

/// A figure and the bounds it lies between, 19 times in 20 if the fit's errors are alike and
/// normal.
struct Interval {
  double value = 0;
  double low = 0;
  double high = 0;
};

/// What a measured size does as the input grows.
enum class Shape { kConstant, kLinear, kMoreThanLinear, kLessThanLinear, kUndecided };

/// "constant", "linear", "more than linear", "less than linear", "undecided".
const char* shape_name(Shape shape);

/// A size fitted to inputs.
struct Scaling {
  Interval fixed;     ///< of the line fixed + per_unit * input, by least squares
  Interval per_unit;  ///< likewise
  /// Of fixed + factor * input^exponent, which is fitted too: the exponent with the least sum of
  /// squares, and those whose sum an F test does not reject (Seber and Wild, Nonlinear Regression,
  /// 1989, 5.3: likelihood-ratio intervals). None where there are fewer than four inputs.
  std::optional<Interval> exponent;
  Shape shape = Shape::kUndecided;
  /// What the input of a prediction takes, by the line, or by the power where it is not linear;
  /// bounds are those of one more measurement.
  std::optional<Interval> prediction;
};

/// Fits `sizes` to `inputs`, one each, with different inputs. Sizes are medians of repeated
/// measurements: a size measured twice is not twice as certain when the program is deterministic.
/// REQUIRES: two inputs at least, and as many sizes.
///
/// The shape is constant when all growth is less than a hundredth of the size. It is linear when
/// the exponent's interval holds 1, but neither a square root nor a square, and no value is farther
/// than 5 % from the line; more or less than linear when the interval lies above or below 1. Else,
/// and when the slope may as well be 0, it is undecided.
Scaling fit_scaling(const std::vector<double>& inputs, const std::vector<double>& sizes,
                    std::optional<double> predict);

/// The slope of the line alone.
double slope_of(const std::vector<double>& inputs, const std::vector<double>& sizes);

}  // namespace memprof::compare
