#include "analyzer/report/shared_frames.h"

#include "analyzer/report/allocator_frames.h"
#include "analyzer/report/cxx_name.h"
#include "analyzer/report/place_text.h"
#include "analyzer/report/text_escape.h"

namespace memprof::report {
namespace {

bool is_allocator(const compare::Frame& frame) {
  const symbols::Frame named{frame.function, frame.file, 0, false};
  // The test is for a path.
  return is_allocator_frame(named, "/" + frame.module);
}

Json or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

}  // namespace

std::vector<compare::FrameId> visible_frames(const compare::SharedStacks& stacks,
                                             compare::StackNumber stack) {
  const std::vector<compare::FrameId> all = stacks.frames_of(stack);
  std::vector<compare::FrameId> visible;
  for (const compare::FrameId id : all) {
    if (!is_allocator(stacks.frame(id))) visible.push_back(id);
  }
  return visible.empty() ? all : visible;
}

compare::Frame Places::of(compare::StackNumber stack) {
  const std::vector<compare::FrameId> frames = stacks_.frames_of(stack);
  for (const compare::FrameId id : frames) {
    const auto [known, is_new] = allocators_.try_emplace(id);
    if (is_new) known->second = is_allocator(stacks_.frame(id));
    if (!known->second) return stacks_.frame(id);
  }
  return frames.empty() ? compare::Frame{"[no stack]", "", ""} : stacks_.frame(frames.front());
}

std::string frame_text(const compare::Frame& frame, size_t width) {
  std::string module = printable(frame.module);
  const std::string function = printable(short_name(frame.function));
  const bool said = !frame.file.empty() || module.empty() || function.starts_with(module);
  module = said ? "" : "  [" + module + "]";
  const size_t left = width > columns_of(module) ? width - columns_of(module) : 0;
  return place_text(printable(frame.file), 0, function, left) + module;
}

Json frame_json(const compare::Frame& frame) {
  return {{"function", frame.function},
          {"file", or_null(frame.file)},
          {"module", or_null(frame.module)}};
}

Json stack_json(const compare::SharedStacks& stacks, compare::StackNumber stack, uint64_t depth) {
  const std::vector<compare::FrameId> frames = stacks.frames_of(stack);
  const auto shown = static_cast<size_t>(depth);
  Json json = Json::array();
  for (size_t i = 0; i < frames.size(); ++i) {
    if (frames.size() > shown && i == shown / 2) {
      json.push_back(frame_json({"[...]", "", ""}));
      i = frames.size() - (shown - 1 - shown / 2) - 1;
      continue;
    }
    json.push_back(frame_json(stacks.frame(frames[i])));
  }
  return json;
}

}  // namespace memprof::report
