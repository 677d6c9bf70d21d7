#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "analyzer/compare/trend.h"

namespace memprof::compare {

enum class Verdict { kClean, kGrowth, kInconclusive };

/// "clean", "growth" or "inconclusive".
const char* verdict_name(Verdict verdict);

/// What one of many series does over the iterations.
struct SeriesGrowth {
  size_t series;      ///< index into what was judged
  Trend trend;        ///< after the warm-up; per iteration
  double confidence;  ///< 1 - the false discovery rate at which it is taken for growing
};

/// Whether anything grows.
struct Growth {
  Verdict verdict = Verdict::kClean;
  std::vector<SeriesGrowth> grown;     ///< the largest slope first
  std::vector<SeriesGrowth> suspects;  ///< why it is inconclusive, or beside what has grown
  size_t judged = 0;                   ///< series after the warm-up that are not constant
  size_t iterations = 0;               ///< after the warm-up
};

/// Judges series of what sites hold, each with a value per iteration, cumulative: a constant leak
/// makes a series that rises by as much in each iteration.
///
/// A series has grown when it rises in *every* iteration after the warm-up, and so many iterations
/// that this is no chance: among the series that change at all, at most one in twenty of those
/// reported may be chance (Trend::chance, false_discovery_rates). It is suspect when it rises
/// always, but in too few iterations to tell, or not always, but far more than chance would have it
/// (one in a thousand). With anything grown the verdict is growth, else with suspects inconclusive,
/// else clean; fewer than two iterations after the warm-up are inconclusive.
Growth judge_growth(const std::vector<std::vector<uint64_t>>& series, size_t warmup);

}  // namespace memprof::compare
