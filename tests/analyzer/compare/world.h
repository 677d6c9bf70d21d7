// One side of a comparison, made by hand.
#pragma once

#include <numeric>
#include <utility>
#include <vector>

#include "analyzer/compare/diff.h"
#include "analyzer/profile/moments.h"
#include "tests/analyzer/profile/run_builder.h"

namespace memprof::test {

/// A run whose moment is each process's own peak. It stays where it is: the names refer to it.
struct World {
  World(FakeFrames& frames, std::vector<profile::Process> processes)
      : run(run_of(std::move(processes))), addresses(run), names(addresses, frames) {
    moment = profile::find_own_moments(run, *profile::parse_moment("peak"), all());
    for (auto& [index, process] : moment.processes) {
      for (const heap::Site& site : run.processes[index].heap.sites)
        process.held.push_back({site.counts.peak_bytes, site.counts.peak_blocks});
    }
  }

  compare::Side side() { return {run, names, moment, all()}; }

  std::vector<size_t> all() const {
    std::vector<size_t> indexes(run.processes.size());
    std::iota(indexes.begin(), indexes.end(), size_t{0});
    return indexes;
  }

  profile::Run run;
  profile::Addresses addresses;
  profile::Names names;
  profile::RunMoment moment;
};

}  // namespace memprof::test
