#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "analyzer/profile/names.h"
#include "analyzer/profile/run.h"
#include "analyzer/profile/stack_rows.h"
#include "analyzer/report/metric.h"

namespace memprof::report {

/// For each of `groups` groups the sum over the stacks that it occurs in, each stack once however
/// often it does. `groups_of`: the numbers of the groups that an address's frames are of; its names
/// have been resolved.
///
/// Stacks have most of their callers in common, so the sums are made over the calling-context tree
/// and not over each stack: what all stacks through a node hold is added to the groups of its
/// address, unless a caller has added it to them already. Time: nodes, for each 64 groups.
std::vector<uint64_t> cumulative_sums(
    const profile::Run& run, profile::Names& names, const std::vector<profile::StackRow>& stacks,
    Metric metric, size_t groups,
    const std::function<std::vector<size_t>(profile::AddressId)>& groups_of);

}  // namespace memprof::report
