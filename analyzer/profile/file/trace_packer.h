#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/profile/file/profile_writer.h"
#include "analyzer/profile/names.h"
#include "analyzer/trace/trace_file.h"

namespace memprof::profile {

/// Which traces of a directory are folded, and what becomes of them.
struct PackPolicy {
  /// Whether nobody writes to that trace file any more. The others are left for later.
  std::function<bool(const std::string& path)> has_ended;
  /// Remove each trace as soon as its process is in the profile.
  bool remove = false;
  /// Fold all that have ended now, also those for which more will be known later.
  bool all = true;
};

/// Folds the traces of a directory into a profile, process by process.
///
/// A process's part in the tree's peak is known for certain only once all that ran beside it have
/// ended. So, as long as not `all` have to go, a process waits for those larger ones that ran when
/// it ended, unless too much is waiting. A process that was forked from stays until its children
/// have gone before it: they ask it for what they inherited.
class TracePacker {
 public:
  /// Both must outlive it. Throws Error when the directory cannot be read, or belongs to another
  /// run than the profile.
  TracePacker(std::string directory, ProfileWriter& writer, FrameSource& names);

  /// One round. Returns how many traces have not been folded. Throws Error when the profile cannot
  /// be written; what was not folded is still there.
  size_t fold(const PackPolicy& policy);

  /// To be called when none is left.
  void finish();

 private:
  struct Trace;
  struct Folded;

  std::vector<Trace> open_traces();
  void add_folded_parents(std::vector<Trace>& traces);
  void remove_folded(const std::vector<Trace>& traces);
  void choose(std::vector<Trace>& traces, const PackPolicy& policy);
  void learn(const heap::ProcessHeap& heap);
  std::vector<Folded> survey(std::vector<Trace>& traces);
  void add(const Trace& trace, Folded& folded,
           const std::vector<std::pair<uint64_t, uint64_t>>& sums);
  static uint64_t tree_step(const heap::ProcessHeap& heap,
                            const std::vector<std::pair<uint64_t, uint64_t>>& sums);
  std::vector<std::pair<uint64_t, uint64_t>> sums() const;
  std::vector<uint64_t> other_moments(const heap::ProcessHeap& heap) const;

  std::string directory_;
  ProfileWriter& writer_;
  FrameSource& names_;
  std::map<std::string, std::string> unreadable_;  ///< reason by path
  std::map<std::string, uint64_t> folded_;  ///< ids of traces that are in the profile, by path
  std::map<uint64_t, uint64_t> curve_;      ///< by step: how much the sum of all heaps grows there
  std::set<uint64_t> moments_;              ///< of marks and phases of all processes so far
  std::map<uint64_t, std::set<uint64_t>> waits_for_;  ///< trace ids, by that of an ended one
};

struct PackJob {
  std::string directory;
  std::string file;
  double fold_percent = kFoldPercent;  ///< of a new file; an unfinished one goes on with its own
  PackPolicy policy;
};

/// One whole job: a new file, or an unfinished one that is there, gets all traces that have ended;
/// it is finished when none is left. Returns how many are. Throws Error (exit 3) when there is
/// nothing to fold, or the file cannot be written; no trace is removed then that is not in it.
size_t pack_traces(const PackJob& job, FrameSource& names);

/// Opens `file` for folding the traces of a directory: goes on with an unfinished one, else makes
/// it. nullopt when there is no readable trace yet to say when the run began.
std::optional<ProfileWriter> open_writer(const std::string& directory, const std::string& file,
                                         double fold_percent);

}  // namespace memprof::profile
