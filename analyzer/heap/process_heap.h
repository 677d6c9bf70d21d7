#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyzer/heap/shared_vector.h"
#include "analyzer/heap/site_details.h"

namespace memprof::heap {

/// Index into ProcessHeap::contexts. The root (kRootContext) stands for "no frame".
enum class ContextId : uint32_t {};
inline constexpr ContextId kRootContext{0};

/// One node of the calling-context tree: `location` called from `parent`.
struct Context {
  ContextId parent;
  uint32_t location;  ///< index into ProcessHeap::locations

  bool operator==(const Context&) const = default;
};

/// A return address as recorded. Index 0 is always the "frames are missing" location.
struct Location {
  uint64_t address = 0;  ///< return address (or the interrupted pc)
  uint32_t module = 0;   ///< index into ProcessHeap::modules; 0: none
  bool interrupted = false;

  /// The address to look up: inside the call, or the interrupted instruction itself.
  uint64_t lookup_address() const { return interrupted || address == 0 ? address : address - 1; }
};

/// Index 0 is always the unknown module.
struct Module {
  std::string path;
  std::string build_id;  ///< raw bytes
  uint64_t bias = 0;
};

/// What is counted per site; sums over sites equal the process's totals.
struct Counts {
  uint64_t allocations = 0;
  uint64_t frees = 0;
  uint64_t bytes_allocated = 0;
  uint64_t live_bytes = 0;  ///< at the end of the recording
  uint64_t live_blocks = 0;
  uint64_t peak_bytes = 0;  ///< at the process's peak
  uint64_t peak_blocks = 0;
  uint64_t temporary = 0;
  uint64_t at_bytes = 0;  ///< at the moment that a table is about; replay leaves it at 0
  uint64_t at_blocks = 0;

  Counts& operator+=(const Counts& other);
};

/// What a site holds at a moment.
struct Held {
  uint64_t bytes = 0;
  uint64_t blocks = 0;

  bool operator==(const Held&) const = default;
};

/// A moment of one process's replay whose live set is wanted.
struct SnapshotPoint {
  enum class What {
    kStep,        ///< the first highest moment of this step of 1 ms of the run's clock
    kTime,        ///< after all events up to this time of the run's clock, in nanoseconds
    kMark,        ///< at the mark; index into ProcessHeap::marks
    kPhaseBegin,  ///< at the phase's begin; index into ProcessHeap::phases, as the next two
    kPhaseEnd,
    kPhasePeak,  ///< the first highest moment of the phase
  };
  What what;
  uint64_t value;
};

/// All blocks allocated at one call stack (context = its innermost frame).
struct Site {
  ContextId context;
  Counts counts;
};

struct Totals : Counts {
  uint64_t peak_time_ns = 0;  ///< on the run's clock
  uint64_t foreign_frees = 0;
  uint64_t inherited_blocks = 0;
  uint64_t inherited_bytes = 0;
  uint64_t inherited_frees = 0;
};

/// Highest live bytes in one step of 1 ms of the run's clock. Steps without an event are left out:
/// the heap then stays at the last step's end_bytes.
struct Step {
  uint64_t step;  ///< milliseconds since the run's start
  uint64_t highest_bytes;
  uint64_t end_bytes;
};

struct RssSample {
  uint64_t time_ns;  ///< on the run's clock
  uint64_t bytes;    ///< without the recorder's own memory
};

struct Rss {
  uint64_t baseline_bytes = 0;
  uint64_t peak_bytes = 0;
  uint64_t end_bytes = 0;
  uint64_t own_bytes = 0;  ///< largest seen; already subtracted from the others
  std::vector<RssSample> samples;
};

struct Mark {
  std::string name;
  uint64_t time_ns = 0;
  uint64_t heap_bytes = 0;
  uint64_t rss_bytes = 0;
};

struct Phase {
  std::string name;
  uint32_t occurrence = 1;  ///< 1 for the first phase of that name in the process
  uint64_t begin_ns = 0;
  uint64_t end_ns = 0;
  uint64_t heap_begin_bytes = 0;
  uint64_t heap_end_bytes = 0;
  uint64_t heap_peak_bytes = 0;  ///< highest live bytes while it was open
  uint64_t rss_begin_bytes = 0;
  uint64_t rss_end_bytes = 0;
  uint64_t rss_peak_bytes = 0;
  uint64_t allocations = 0;
  uint64_t heap_peak_ns = 0;  ///< the first moment of heap_peak_bytes
};

enum class End { kExit, kExec, kOpen };

/// "exit", "exec" or "open", as JSON reports and profile files have it.
const char* end_name(End end);

struct Health {
  uint64_t lost_events = 0;
  uint64_t cut_stacks = 0;     ///< allocations whose stack is marked as cut
  uint64_t damaged_bytes = 0;  ///< bytes of chunks that could not be decoded
  /// Births on an address that was still live. The old block ended as lost: it counts as freed.
  uint64_t reused_live = 0;
  uint64_t unmatched_phase_ends = 0;
  bool truncated = false;      ///< recording stopped early, or chunks are missing or damaged
  std::string stop_reason;     ///< "" or why recording stopped early, in words
  uint64_t lost_children = 0;  ///< forked children that could not begin a file of their own
};

/// Why what a program started could not be recorded.
enum class Unfollowed { kNo, kUnreachable, kSandboxed, kTooLarge };

/// An exec or spawn that this image announced.
struct Launch {
  std::string path;
  uint32_t pid = 0;
  uint64_t time_ns = 0;
  bool own = false;  ///< our own image was replaced
  Unfollowed unfollowed = Unfollowed::kNo;
};

inline constexpr uint32_t kNoSite = UINT32_MAX;

/// Everything the reports need to know of one process image.
struct ProcessHeap {
  Totals totals;
  SharedVector<Context> contexts;    ///< [0] is the root
  std::vector<Site> sites;           ///< any order; one per context that allocated
  SharedVector<Location> locations;  ///< [0] is the cut location
  SharedVector<Module> modules;      ///< [0] is the unknown module
  /// The index of the site that stands for all whose stacks a profile file did not keep; its
  /// context is the root. kNoSite: each stack is there.
  uint32_t folded_site = kNoSite;
  /// For each of ReplayOptions::snapshots what each of `sites` held; all 0 where there is no such
  /// moment.
  std::vector<std::vector<Held>> snapshots;
  std::vector<SiteDetails> details;  ///< as `sites`; empty unless ReplayOptions::details
  std::vector<Thread> threads;       ///< that had a part in the recording
  std::vector<Step> steps;
  std::vector<Mark> marks;
  std::vector<Phase> phases;
  Rss rss;
  uint64_t start_ns = 0;  ///< on the run's clock
  uint64_t end_ns = 0;    ///< the exit or exec, else the last thing recorded
  End end = End::kOpen;
  bool status_known = false;
  int status = 0;
  std::vector<Launch> launches;
  Health health;

  /// Locations from the innermost frame outwards; the cut location, where there is one, comes last.
  std::vector<uint32_t> stack(ContextId context) const;
};

}  // namespace memprof::heap
