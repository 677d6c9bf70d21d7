// Builds as they are in practice: many sites whose sizes vary from build to build, many that do
// not, and perhaps one that leaks.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "analyzer/compare/growth.h"

namespace memprof::test {

struct NoisyBuilds {
  enum class Noise {
    kUniform,    ///< any size up to twice the usual one
    kHeavy,      ///< mostly small, now and then a hundred times as much
    kSteps,      ///< one of two sizes
    kLingering,  ///< a third of the last build's deviation is still there
    kWarmingUp,  ///< grows over the first half of the builds, to stay
  };
  Noise noise = Noise::kUniform;
  size_t builds = 10;
  size_t noisy_sites = 300;
  size_t steady_sites = 1000;
  uint64_t noise_bytes = 100 << 20;  ///< of all noisy sites, in the mean
  uint64_t leak_bytes = 0;           ///< per build
  double leak_noise_bytes = 0;       ///< standard deviation of what else the leaking site holds

  /// What each site holds after each build; the leaking one, if any, is the last.
  std::vector<std::vector<uint64_t>> series(uint64_t seed) const;

  compare::Verdict verdict(uint64_t seed) const {
    return compare::judge_growth(series(seed), 1).verdict;
  }
};

inline std::vector<std::vector<uint64_t>> NoisyBuilds::series(uint64_t seed) const {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform(0, 1);
  std::normal_distribution<double> normal(0, 1);
  std::vector<std::vector<uint64_t>> all;
  const double mean = static_cast<double>(noise_bytes) / static_cast<double>(noisy_sites);
  for (size_t site = 0; site < noisy_sites; ++site) {
    std::vector<uint64_t> values;
    double deviation = 0;
    double warm = 0;
    for (size_t build = 0; build < builds; ++build) {
      double value = 2 * mean * uniform(random);
      if (noise == Noise::kHeavy) value = mean * std::exp(2 * normal(random));
      if (noise == Noise::kSteps) value = uniform(random) < 0.5 ? mean / 2 : mean * 3 / 2;
      if (noise == Noise::kLingering) {
        deviation = deviation / 3 + normal(random);
        value = mean * (1 + deviation / 10);
      }
      if (noise == Noise::kWarmingUp) {
        if (build < builds / 2) warm += mean * uniform(random) / static_cast<double>(builds);
        value = warm;
      }
      values.push_back(static_cast<uint64_t>(std::max(value, 0.0)));
    }
    all.push_back(std::move(values));
  }
  for (size_t site = 0; site < steady_sites; ++site) all.emplace_back(builds, 1000 + site);
  if (leak_bytes != 0) {
    std::vector<uint64_t> values;
    for (size_t build = 0; build < builds; ++build) {
      const double other = 1'000'000 + leak_noise_bytes * normal(random);
      values.push_back(static_cast<uint64_t>(other) + leak_bytes * (build + 1));
    }
    all.push_back(std::move(values));
  }
  return all;
}

}  // namespace memprof::test
