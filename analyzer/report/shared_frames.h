#pragma once

#include <map>
#include <string>
#include <vector>

#include "analyzer/compare/shared_stacks.h"
#include "analyzer/report/json_values.h"
#include "analyzer/report/options.h"

namespace memprof::report {

/// The frames of a stack from the innermost outwards, without allocator frames; all of them if all
/// are.
std::vector<compare::FrameId> visible_frames(const compare::SharedStacks& stacks,
                                             compare::StackNumber stack);

/// Finds the first of them for many stacks; each frame is judged once. `stacks` must outlive it.
class Places {
 public:
  explicit Places(const compare::SharedStacks& stacks) : stacks_(stacks) {}

  /// "[no stack]" for the stack without frames.
  compare::Frame of(compare::StackNumber stack);

 private:
  const compare::SharedStacks& stacks_;
  std::map<compare::FrameId, bool> allocators_;
};

/// "render.cpp  render_page", or as much of it as is known and fits `width` columns (0: all). What
/// has no file says which module it is in.
std::string frame_text(const compare::Frame& frame, size_t width);

/// A frame as {"function", "file", "module"}.
Json frame_json(const compare::Frame& frame);

/// A stack of them; of one deeper than `depth` both ends around one frame "[...]".
Json stack_json(const compare::SharedStacks& stacks, compare::StackNumber stack, uint64_t depth);

}  // namespace memprof::report
