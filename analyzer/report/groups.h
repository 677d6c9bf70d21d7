#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "analyzer/profile/names.h"
#include "analyzer/profile/stack_rows.h"
#include "analyzer/report/metric.h"

namespace memprof::report {

/// What a row stands for. Parts that the grouping leaves out or that are unknown are "" or 0. Raw
/// bytes.
struct GroupKey {
  std::string function;  ///< "libfoo.so+0x12" where no symbol is known
  std::string file;
  uint32_t line = 0;
  std::string module;  ///< only where the file is unknown, or for Group::kModule

  auto operator<=>(const GroupKey&) const = default;
};

struct GroupRow {
  GroupKey key;
  Amounts flat;                ///< stacks whose first frame that is no allocator is this one
  uint64_t cumulative = 0;     ///< first amount of all stacks in which it occurs; each stack once;
                               ///< where it was asked for
  profile::StackRow heaviest;  ///< the stack with most of `flat`
  std::shared_ptr<heap::SiteDetails> details;  ///< of all its stacks; null unless the run has them
};

/// All rows, ordered by flat.first, largest first, then by key; and their sum.
struct Groups {
  std::vector<GroupRow> rows;
  Amounts total;
  Amounts folded;  ///< part of the total that is in no row: stacks that a profile did not keep
};

/// The label of a frame: its function, else "module+0xoffset".
std::string function_label(const symbols::Frame& frame, const symbols::ModuleKey& module,
                           uint64_t offset);

/// Sums `stacks` by the first frame that is no allocator function (the innermost frame where all
/// are). Stacks whose amounts are 0 are left out. Only the first `cumulative_rows` rows get their
/// cumulative amount. Looks names up from the innermost frame outwards only as far as needed;
/// cumulative amounts need the names of all frames. REQUIRES: group is not kStack.
Groups group_stacks(const profile::Run& run, profile::Names& names,
                    const std::vector<profile::StackRow>& stacks, Metric metric, Group group,
                    size_t cumulative_rows);

/// A frame of an address, by its place among the frames inlined there.
struct FrameRef {
  profile::AddressId address;
  size_t frame;

  auto operator<=>(const FrameRef&) const = default;
};

/// The frames of a stack from the innermost outwards, without allocator frames; all of them if all
/// are.
std::vector<FrameRef> visible_frames(profile::Names& names,
                                     const std::vector<profile::AddressId>& stack);

}  // namespace memprof::report
