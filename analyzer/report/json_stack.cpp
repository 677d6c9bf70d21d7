#include "analyzer/report/json_stack.h"

#include <utility>

#include "analyzer/report/groups.h"

namespace memprof::report {
namespace {

using profile::AddressId;

Json frame_json(const profile::Names& names, FrameRef ref) {
  const symbols::Frame& frame = names.frames(ref.address)[ref.frame];
  const symbols::ModuleKey& module = names.addresses().module(ref.address);
  const uint64_t offset = names.addresses().offset(ref.address);
  Json json = place_json(function_label(frame, module, offset), frame.file, frame.line);
  json["module"] = module.path.empty() ? Json() : Json(module.path);
  json["offset"] = offset;
  json["inlined"] = frame.inlined;
  return json;
}

Json left_out_json() {
  Json json = place_json("[...]", "", 0);
  json["module"] = nullptr;
  json["offset"] = 0;
  json["inlined"] = false;
  return json;
}

}  // namespace

std::vector<AddressId> shown_of(const std::vector<AddressId>& stack, uint64_t depth) {
  if (stack.size() / 2 <= depth) return stack;
  const auto end = static_cast<std::ptrdiff_t>(depth);
  std::vector<AddressId> ends(stack.begin(), stack.begin() + end);
  ends.insert(ends.end(), stack.end() - end, stack.end());
  return ends;
}

Json stack_json(const profile::Names& names, const std::vector<AddressId>& stack, uint64_t depth) {
  std::vector<FrameRef> frames;
  const std::vector<AddressId> ends = shown_of(stack, depth);
  for (const AddressId address : ends) {
    for (size_t frame = 0; frame < names.frames(address).size(); ++frame)
      frames.push_back({address, frame});
  }
  Json json = Json::array();
  if (frames.size() <= depth && ends.size() == stack.size()) {
    for (const FrameRef ref : frames) json.push_back(frame_json(names, ref));
    return json;
  }
  const size_t outer = static_cast<size_t>((depth - 1) / 2);
  const size_t inner = static_cast<size_t>(depth - 1) - outer;
  for (size_t i = 0; i < inner; ++i) json.push_back(frame_json(names, frames[i]));
  json.push_back(left_out_json());
  for (size_t i = frames.size() - outer; i < frames.size(); ++i)
    json.push_back(frame_json(names, frames[i]));
  return json;
}

}  // namespace memprof::report
