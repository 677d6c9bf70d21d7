#include "analyzer/report/diff_groups.h"

#include <algorithm>
#include <map>

#include "analyzer/report/allocator_frames.h"

namespace memprof::report {
namespace {

bool is_allocator(const compare::Frame& frame) {
  const symbols::Frame named{frame.function, frame.file, 0, false};
  // The test is for a path.
  return is_allocator_frame(named, "/" + frame.module);
}

}  // namespace

std::vector<compare::FrameId> visible_frames(const compare::Diff& diff,
                                             compare::StackNumber stack) {
  const std::vector<compare::FrameId> all = diff.stacks.frames_of(stack);
  std::vector<compare::FrameId> visible;
  for (const compare::FrameId id : all) {
    if (!is_allocator(diff.stacks.frame(id))) visible.push_back(id);
  }
  return visible.empty() ? all : visible;
}

std::vector<FunctionChange> changes_by_function(const compare::Diff& diff) {
  std::map<compare::FrameId, bool> allocators;
  const auto first_visible = [&](compare::StackNumber stack) {
    compare::Frame none{"[no stack]", "", ""};
    const std::vector<compare::FrameId> frames = diff.stacks.frames_of(stack);
    for (const compare::FrameId id : frames) {
      const auto [known, is_new] = allocators.try_emplace(id);
      if (is_new) known->second = is_allocator(diff.stacks.frame(id));
      if (!known->second) return diff.stacks.frame(id);
    }
    return frames.empty() ? none : diff.stacks.frame(frames.front());
  };
  std::map<compare::Frame, size_t> row_of;
  std::vector<FunctionChange> rows;
  // The largest change comes first, so the first stack of a function is its largest.
  for (const compare::StackChange& row : diff.rows) {
    compare::Frame frame = first_visible(row.stack);
    const auto [known, is_new] = row_of.emplace(frame, rows.size());
    if (is_new) rows.push_back({std::move(frame), {}, row.stack});
    rows[known->second].change += row.change;
  }
  std::sort(rows.begin(), rows.end(), [](const FunctionChange& a, const FunctionChange& b) {
    if (compare::is_larger(a.change, b.change)) return true;
    if (compare::is_larger(b.change, a.change)) return false;
    return a.frame < b.frame;
  });
  return rows;
}

}  // namespace memprof::report
