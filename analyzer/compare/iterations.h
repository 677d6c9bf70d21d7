#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/compare/growth.h"
#include "analyzer/compare/side_stacks.h"
#include "analyzer/compare/suppressions.h"
#include "analyzer/profile/run.h"

namespace memprof::compare {

/// What is measured of one process, or of all of a run, in one iteration.
struct Figures {
  uint64_t heap_peak_bytes = 0;
  uint64_t rss_peak_bytes = 0;  ///< 0: not known
  uint64_t live_bytes = 0;      ///< at the iteration's end
  uint64_t allocations = 0;
};

/// What a site held in each iteration: at the end, or at its process's peak.
struct SiteSeries {
  enum class What { kLive, kPeak };
  What what;
  StackNumber stack;
  std::optional<size_t> suppression;  ///< index into Suppressions::all()
  std::vector<uint64_t> bytes;
};

/// A process of the first run and those like it in the others.
struct ProcessSeries {
  profile::Process process;  ///< who it is; without its heap
  std::vector<std::optional<Figures>> figures;
};

/// Collects iterations one by one; what they were taken from need not stay. Memory follows stacks
/// times iterations. Iterations are either whole runs of a command or the phases of one name in one
/// process.
class Iterations {
 public:
  /// `suppressions` must outlive it.
  explicit Iterations(const Suppressions& suppressions);

  /// A run as one iteration, at its processes' own peaks and at their ends.
  void add_run(const Side& peak, const Side& end);

  /// A phase as one iteration, at its end. REQUIRES: `end` has one process, that of the phase.
  void add_phase(const Side& end, const heap::Phase& phase);

  size_t count() const { return figures_.size(); }
  const std::vector<Figures>& figures() const { return figures_; }
  const std::vector<ProcessSeries>& processes() const { return processes_; }
  const std::vector<SiteSeries>& sites() const { return sites_; }

  /// REQUIRES: there is an iteration.
  const SharedStacks& stacks() const { return *stacks_; }

  /// Growth::series are indexes into sites(). Those that are suppressed are not judged.
  Growth judge(size_t warmup) const;

 private:
  void begin(const Side& side);
  void add_sites(const Side& side, SiteSeries::What what);
  void add_processes(const Side& end);
  SiteSeries& series_of(SiteSeries::What what, StackNumber stack, bool& is_new);

  const Suppressions& suppressions_;
  std::optional<SharedStacks> stacks_;
  std::vector<Figures> figures_;
  profile::Run first_;  ///< the identities of its processes
  std::vector<ProcessSeries> processes_;
  std::vector<SiteSeries> sites_;
  std::vector<size_t> site_of_stack_[2];  ///< by What, then stack: index into sites_, or kNone
};

}  // namespace memprof::compare
