#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "analyzer/compare/shared_stacks.h"
#include "analyzer/heap/process_heap.h"
#include "analyzer/profile/names.h"
#include "analyzer/profile/run.h"

namespace memprof::compare {

/// One moment of a run, of some of its processes. All must outlive what looks at it.
struct Side {
  const profile::Run& run;
  profile::Names& names;
  const profile::RunMoment& moment;
  std::vector<size_t> processes;  ///< indexes into run.processes
};

/// Numbers the stacks that held something at a moment. Looks up the names of all their frames.
class SideStacks {
 public:
  SideStacks(const Side& side, SharedStacks& stacks);

  /// Calls `each(stack, site, held)` for each of the process's sites that held something; `site` is
  /// an index into its sites.
  template <typename Each>
  void visit(size_t process, Each each) {
    const auto found = side_.moment.processes.find(process);
    if (found == side_.moment.processes.end()) return;
    const std::vector<heap::Held>& held = found->second.held;
    const heap::ProcessHeap& heap = side_.run.processes[process].heap;
    // Processes of a profile file share their stacks, and then the numbers of these.
    if (known_.empty() || heap.contexts.identity() != numbered_)
      known_.assign(heap.contexts.size(), std::nullopt);
    numbered_ = heap.contexts.identity();
    for (size_t i = 0; i < held.size(); ++i) {
      if (held[i].blocks != 0) each(number(process, heap.sites[i].context), i, held[i]);
    }
  }

 private:
  void resolve_names();
  const std::vector<FrameId>& frames(profile::AddressId address);
  StackNumber number(size_t process, heap::ContextId context);

  const Side& side_;
  SharedStacks& stacks_;
  std::unordered_map<uint32_t, std::vector<FrameId>> frames_;  ///< by address
  std::vector<std::optional<StackNumber>> known_;              ///< by context of this process
  const void* numbered_ = nullptr;  ///< the contexts that known_ is about
  std::vector<heap::ContextId> path_;
};

}  // namespace memprof::compare
