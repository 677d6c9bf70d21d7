// growth_rates [SEEDS]: how often builds without a leak are called growing or inconclusive, and how
// often a leak of 64 bytes per build is missed, over many seeds of simulated noise.
#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <iostream>

#include "tests/analyzer/compare/noisy_builds.h"

using memprof::compare::Verdict;
using memprof::test::NoisyBuilds;
using Noise = NoisyBuilds::Noise;

namespace {

struct Rates {
  double growth = 0;
  double inconclusive = 0;
  double clean = 0;
};

Rates rates_of(const NoisyBuilds& builds, uint64_t seeds) {
  Rates rates;
  for (uint64_t seed = 0; seed < seeds; ++seed) {
    const Verdict verdict = builds.verdict(seed);
    (verdict == Verdict::kGrowth  ? rates.growth
     : verdict == Verdict::kClean ? rates.clean
                                  : rates.inconclusive) += 100 / static_cast<double>(seeds);
  }
  return rates;
}

void print(const std::string& what, const NoisyBuilds& builds, uint64_t seeds) {
  const Rates rates = rates_of(builds, seeds);
  std::cout << fmt::format("{:<44} {:>8.2f} % {:>11.2f} % {:>8.2f} %\n", what, rates.growth,
                           rates.inconclusive, rates.clean);
}

}  // namespace

int main(int argc, char** argv) {
  const uint64_t seeds = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1000;
  if (seeds == 0) {
    std::cerr << "growth_rates: error: SEEDS must be a number from 1\n";
    return 2;
  }
  struct Kind {
    Noise noise;
    const char* name;
  };
  constexpr std::array kKinds{
      Kind{Noise::kUniform, "any size"}, Kind{Noise::kHeavy, "now and then 100 times as much"},
      Kind{Noise::kSteps, "one of two sizes"}, Kind{Noise::kLingering, "a third of it lingers"},
      Kind{Noise::kWarmingUp, "grows for five builds, stays"}};
  std::cout << fmt::format(
      "Verdicts on ten builds, one of them warm-up, 300 sites of 100 MB that vary, {} seeds\n\n"
      "{:<44} {:>10} {:>13} {:>10}\n",
      seeds, "", "growth", "inconclusive", "clean");
  for (const uint64_t leak_bytes : {0, 64}) {
    std::cout << (leak_bytes == 0 ? "no leak, and what varies has\n"
                                  : "64 bytes leaked per build, and what varies has\n");
    for (const Kind& kind : kKinds) {
      NoisyBuilds builds;
      builds.noise = kind.noise;
      builds.leak_bytes = leak_bytes;
      builds.steady_sites = 100;
      print(std::string("  ") + kind.name, builds, seeds);
    }
  }
  std::cout
      << "64 bytes leaked per build, the leaking site itself varies by (standard deviation)\n";
  for (const double noise : {8.0, 16.0, 32.0, 64.0}) {
    NoisyBuilds builds;
    builds.leak_bytes = 64;
    builds.leak_noise_bytes = noise;
    builds.steady_sites = 100;
    print(fmt::format("  {} bytes", noise), builds, seeds);
  }
  std::cout << "64 bytes leaked per build, in so many builds\n";
  for (const size_t count : {5, 6, 8, 10}) {
    NoisyBuilds builds;
    builds.leak_bytes = 64;
    builds.builds = count;
    builds.steady_sites = 100;
    print(fmt::format("  {} builds", count), builds, seeds);
  }
  return 0;
}
