#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "analyzer/profile/addresses.h"
#include "analyzer/profile/run.h"

namespace memprof::profile {

/// One full stack and all blocks allocated there. `context` is in the process where it was met
/// first.
struct StackRow {
  size_t process;  ///< index into Run::processes
  heap::ContextId context;
  heap::Counts counts;
  std::shared_ptr<heap::SiteDetails> details;  ///< null unless the run has them
  bool folded = false;  ///< stands for stacks that a profile file did not keep
};

/// Adds `details`, if there are any, to what `sum` has; never changes what others share.
void add_details(std::shared_ptr<heap::SiteDetails>& sum,
                 const std::shared_ptr<heap::SiteDetails>& details);

/// What the sites of a process held at a moment, by its index into Run::processes; null: nothing.
using HeldOf = std::function<const std::vector<heap::Held>*(size_t process)>;

/// What they held at a moment of the run.
HeldOf held_of(const RunMoment& moment);

/// The sites of the processes with these indexes, equal stacks (of any process, at any load
/// address) summed. With `held`, at_bytes and at_blocks are what it says. With `keep`, sites whose
/// counts it refuses are left out: most sites of a large run hold nothing at any one moment.
std::vector<StackRow> stack_rows(const Run& run, const Addresses& addresses,
                                 std::span<const size_t> processes, const HeldOf& held = {},
                                 const std::function<bool(const heap::Counts&)>& keep = {});

/// Less, equal or greater than 0 as stack `a` comes before, with or after `b`: by the addresses
/// from the innermost outwards, a shorter stack first.
int compare_stacks(const Run& run, const Addresses& addresses, const StackRow& a,
                   const StackRow& b);

/// The addresses of a row's stack from the innermost outwards, without the cut marker.
std::vector<AddressId> addresses_of(const Run& run, const Addresses& addresses,
                                    const StackRow& row);

}  // namespace memprof::profile
