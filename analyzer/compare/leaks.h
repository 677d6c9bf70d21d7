#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "analyzer/compare/suppressions.h"
#include "analyzer/profile/names.h"
#include "analyzer/profile/run.h"
#include "analyzer/profile/stack_rows.h"

namespace memprof::compare {

/// Whether anything still pointed to blocks when their process ended.
enum class Reachability {
  kLost,       ///< nothing reachable did
  kReachable,  ///< the program could still have freed them
  kUnknown,    ///< nobody looked
};

/// Blocks of one stack of one process that were never freed.
struct Leak {
  size_t process;           ///< index into Run::processes
  profile::StackRow stack;  ///< with at_bytes and at_blocks those of this row
  Reachability state;
  std::optional<size_t> suppression;  ///< index into Suppressions::all()

  heap::Held held() const { return {stack.counts.at_bytes, stack.counts.at_blocks}; }
};

/// A process whose live blocks say nothing: it did not come to its end by itself.
struct Unexamined {
  size_t process;
  heap::Held held;
};

/// What a run never freed. Rows, and what the unexamined processes held, add up to the live bytes
/// of the processes asked for.
struct Leaks {
  std::vector<Leak> rows;              ///< the most bytes first, then by process and stack
  std::vector<Unexamined> unexamined;  ///< that held something, by index

  /// Of all rows of this state that are not suppressed.
  heap::Held sum(Reachability state) const;
  heap::Held suppressed() const;
};

/// Looks up the names of all frames of stacks that hold something. Where Process::reached is not
/// known all blocks are unknown. A process counts when it exited: one that was killed, or became
/// another image by exec, had no chance to free what it held.
Leaks find_leaks(const profile::Run& run, profile::Names& names,
                 const std::vector<size_t>& processes, const Suppressions& suppressions);

/// Whether leaks of this state make a check fail, which accepts all up to a state.
enum class FailOn { kLost, kUnknown, kReachable };
bool fails(const Leaks& leaks, FailOn on);

}  // namespace memprof::compare
