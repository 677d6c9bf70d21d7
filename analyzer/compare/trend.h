#pragma once

#include <cstdint>
#include <vector>

namespace memprof::compare {

/// Where a series of values goes, told in ways that outliers do not move:
///
/// - its slope, the median of the slopes between all pairs of values (Theil 1950, Sen 1968), with
///   Sen's 95 % interval for it;
/// - its spread, the median distance of a value from the line of that slope;
/// - how likely a series at least so rising is when nothing but chance orders its values (Mann
///   1945, Kendall 1975, one-sided, exact up to 100 values; with ties, where the series rises, an
///   upper bound).
struct Trend {
  double slope = 0;  ///< per step from one value to the next
  double slope_low = 0;
  double slope_high = 0;
  double spread = 0;
  bool rises_always = false;  ///< each value is larger than the one before; false for fewer than 2
  double chance = 1;
};

/// The trend of values at equal distances. Takes O(n^2 log n).
Trend trend_of(const std::vector<double>& values);

/// The middle value; the mean of the two in the middle where there are two. 0 for none.
double median_of(std::vector<double> values);

/// The median distance of the values from their median.
double spread_of(const std::vector<double>& values);

/// For each of several chances the share of false ones that has to be put up with when it and all
/// smaller ones are taken for more than chance (Benjamini and Hochberg 1995). When all are chance,
/// that is the chance of taking any for more.
std::vector<double> false_discovery_rates(const std::vector<double>& chances);

}  // namespace memprof::compare
