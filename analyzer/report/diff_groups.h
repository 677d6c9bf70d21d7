#pragma once

#include <vector>

#include "analyzer/compare/diff.h"

namespace memprof::report {

/// What changed in one function: all stacks whose first frame that is no allocator function it is.
struct FunctionChange {
  compare::Frame frame;
  compare::Change change;
  compare::StackNumber largest;  ///< the stack whose change is the largest
};

/// The rows of a diff by function, the largest change first, then by frame. They add up to the same
/// total.
std::vector<FunctionChange> changes_by_function(const compare::Diff& diff);

/// The frames of a stack from the innermost outwards, without allocator frames; all of them if all
/// are.
std::vector<compare::FrameId> visible_frames(const compare::Diff& diff, compare::StackNumber stack);

}  // namespace memprof::report
