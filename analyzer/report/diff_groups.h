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

}  // namespace memprof::report
