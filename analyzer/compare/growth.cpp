#include "analyzer/compare/growth.h"

#include <algorithm>
#include <limits>

namespace memprof::compare {
namespace {

/// Of what is reported as grown, at most this share may be chance.
constexpr double kGrownRate = 0.05;

/// The same for what does not rise always.
constexpr double kSuspectRate = 0.001;

bool is_constant(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(),
                     [&](double value) { return value == values.front(); });
}

void largest_first(std::vector<SeriesGrowth>& list) {
  std::stable_sort(list.begin(), list.end(), [](const SeriesGrowth& a, const SeriesGrowth& b) {
    return a.trend.slope > b.trend.slope;
  });
}

}  // namespace

const char* verdict_name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kClean:
      return "clean";
    case Verdict::kGrowth:
      return "growth";
    case Verdict::kInconclusive:
      break;
  }
  return "inconclusive";
}

Growth judge_growth(const std::vector<std::vector<uint64_t>>& series, size_t warmup) {
  Growth growth;
  std::vector<SeriesGrowth> changing;
  std::vector<double> chances;
  growth.iterations = std::numeric_limits<size_t>::max();
  for (size_t i = 0; i < series.size(); ++i) {
    const size_t skipped = std::min(warmup, series[i].size());
    const std::vector<double> values(series[i].begin() + static_cast<std::ptrdiff_t>(skipped),
                                     series[i].end());
    growth.iterations = std::min(growth.iterations, values.size());
    if (values.empty() || is_constant(values)) continue;
    changing.push_back({i, trend_of(values), 0});
    chances.push_back(changing.back().trend.chance);
  }
  growth.judged = changing.size();
  if (series.empty()) growth.iterations = 0;
  const std::vector<double> rates = false_discovery_rates(chances);
  for (size_t i = 0; i < changing.size(); ++i) {
    SeriesGrowth& one = changing[i];
    one.confidence = 1 - rates[i];
    if (one.trend.rises_always) {
      (rates[i] <= kGrownRate ? growth.grown : growth.suspects).push_back(one);
    } else if (rates[i] <= kSuspectRate) {
      growth.suspects.push_back(one);
    }
  }
  largest_first(growth.grown);
  largest_first(growth.suspects);
  if (!growth.grown.empty()) {
    growth.verdict = Verdict::kGrowth;
  } else if (!growth.suspects.empty() || (!series.empty() && growth.iterations < 2)) {
    growth.verdict = Verdict::kInconclusive;
  }
  return growth;
}

}  // namespace memprof::compare
