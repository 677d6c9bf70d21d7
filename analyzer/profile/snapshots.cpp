#include "analyzer/profile/snapshots.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace memprof::profile {
namespace {

using From = ProcessMoment::From;

/// Where a snapshot of a process goes.
struct Wanted {
  heap::SnapshotPoint point;
  std::vector<heap::Held>* held;
};

bool forked_from_known(const Run& run, const Process& process) {
  return process.identity.parent_link == format::ParentLink::kFork && process.parent != 0 &&
         run.by_id(process.parent).identity.trace_id == process.identity.parent_id;
}

void replay_wanted(const trace::TraceFile& file, heap::ReplayOptions options,
                   const std::vector<Wanted>& wanted, bool forked, heap::ProcessHeap& heap) {
  for (const Wanted& one : wanted) options.snapshots.push_back(one.point);
  heap::ProcessHeap again = heap::replay_again(file, options, forked);
  for (size_t i = 0; i < wanted.size(); ++i) *wanted[i].held = std::move(again.snapshots[i]);
  // Only what belongs together, should the file have changed meanwhile.
  heap.contexts = std::move(again.contexts);
  heap.sites = std::move(again.sites);
  heap.locations = std::move(again.locations);
  heap.modules = std::move(again.modules);
  heap.details = std::move(again.details);
  heap.threads = std::move(again.threads);
}

}  // namespace

std::vector<heap::Held> site_amounts(const heap::ProcessHeap& heap, ProcessMoment::From from) {
  std::vector<heap::Held> held;
  held.reserve(heap.sites.size());
  for (const heap::Site& site : heap.sites) {
    const heap::Counts& counts = site.counts;
    held.push_back(from == From::kOwnPeak ? heap::Held{counts.peak_bytes, counts.peak_blocks}
                                          : heap::Held{counts.live_bytes, counts.live_blocks});
  }
  return held;
}

std::vector<PhasePeak> highest_phases(const Run& run, size_t limit) {
  std::vector<PhasePeak> result;
  for (size_t process = 0; process < run.processes.size(); ++process) {
    const std::vector<heap::Phase>& phases = run.processes[process].heap.phases;
    std::map<std::string, size_t> best;
    for (size_t i = 0; i < phases.size(); ++i) {
      const auto [known, is_new] = best.emplace(phases[i].name, i);
      if (!is_new && phases[i].heap_peak_bytes > phases[known->second].heap_peak_bytes)
        known->second = i;
    }
    std::vector<size_t> chosen;
    for (const auto& [name, index] : best) chosen.push_back(index);
    std::sort(chosen.begin(), chosen.end(), [&](size_t a, size_t b) {
      const uint64_t peak_a = phases[a].heap_peak_bytes;
      const uint64_t peak_b = phases[b].heap_peak_bytes;
      return peak_a != peak_b ? peak_a > peak_b : a < b;
    });
    chosen.resize(std::min(chosen.size(), limit));
    std::sort(chosen.begin(), chosen.end());
    for (const size_t index : chosen) result.push_back({process, index, {}});
  }
  return result;
}

void fill_snapshots(const std::vector<trace::TraceFile>& files, const heap::ReplayOptions& options,
                    Run& run) {
  RunMoment tree = tree_peak_moment(run);
  std::vector<RunMoment*> moments{&tree};
  for (RunMoment& moment : run.moments) moments.push_back(&moment);
  for (RunMoment& moment : run.key_moments) moments.push_back(&moment);

  std::vector<std::vector<Wanted>> wanted(files.size());
  for (RunMoment* moment : moments) {
    for (auto& [index, process] : moment->processes) {
      if (process.from == From::kSnapshot) wanted[index].push_back({process.point, &process.held});
    }
  }
  for (PhasePeak& peak : run.phase_peaks) {
    wanted[peak.process].push_back(
        {{heap::SnapshotPoint::What::kPhasePeak, peak.phase}, &peak.held});
  }
  tbb::parallel_for(size_t{0}, files.size(), [&](size_t i) {
    if (wanted[i].empty()) return;
    Process& process = run.processes[i];
    replay_wanted(files[i], options, wanted[i], forked_from_known(run, process), process.heap);
  });
  for (RunMoment* moment : moments) {
    for (auto& [index, process] : moment->processes) {
      if (process.from == From::kOwnPeak || process.from == From::kEnd)
        process.held = site_amounts(run.processes[index].heap, process.from);
    }
  }
  for (const auto& [index, process] : tree.processes) {
    std::vector<heap::Site>& sites = run.processes[index].heap.sites;
    for (size_t i = 0; i < process.held.size(); ++i) {
      sites[i].counts.at_bytes = process.held[i].bytes;
      sites[i].counts.at_blocks = process.held[i].blocks;
    }
  }
}

}  // namespace memprof::profile
