#pragma once

#include <cstdint>
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
};

/// The sites of the processes with these indexes, equal stacks (of any process, at any load
/// address) summed.
std::vector<StackRow> stack_rows(const Run& run, const Addresses& addresses,
                                 std::span<const size_t> processes);

/// Less, equal or greater than 0 as stack `a` comes before, with or after `b`: by the addresses
/// from the innermost outwards, a shorter stack first.
int compare_stacks(const Run& run, const Addresses& addresses, const StackRow& a,
                   const StackRow& b);

/// The addresses of a row's stack from the innermost outwards, without the cut marker.
std::vector<AddressId> addresses_of(const Run& run, const Addresses& addresses,
                                    const StackRow& row);

}  // namespace memprof::profile
