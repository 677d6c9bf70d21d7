#include "analyzer/compare/shared_stacks.h"

#include <fmt/format.h>

#include <utility>

#include "analyzer/profile/selection.h"

namespace memprof::compare {
std::string below(const std::string& file, std::string cwd) {
  if (cwd.empty() || cwd == "/") return file;
  if (cwd.back() != '/') cwd += '/';
  return file.size() > cwd.size() && file.starts_with(cwd) ? file.substr(cwd.size()) : file;
}

SharedStacks::SharedStacks(const std::vector<const profile::Addresses*>& runs) {
  for (const profile::Addresses* addresses : runs) {
    for (const symbols::ModuleKey& module : addresses->modules()) {
      const auto [known, is_new] =
          build_ids_.emplace(profile::base_name(module.path), module.build_id);
      if (!is_new && known->second != module.build_id) known->second.clear();
    }
  }
}

bool SharedStacks::offsets_agree(const symbols::ModuleKey& module) const {
  const auto known = build_ids_.find(profile::base_name(module.path));
  return known != build_ids_.end() && !known->second.empty() && known->second == module.build_id;
}

FrameId SharedStacks::id_of(Frame frame) {
  const auto [known, is_new] =
      ids_.emplace(std::move(frame), FrameId{static_cast<uint32_t>(frames_.size())});
  if (is_new) frames_.push_back(&known->first);
  return known->second;
}

std::vector<FrameId> SharedStacks::frames_at(const profile::Names& names,
                                             profile::AddressId address, const std::string& cwd) {
  const symbols::ModuleKey& module = names.addresses().module(address);
  const std::string module_name = module.path.empty() ? "" : profile::base_name(module.path);
  std::vector<FrameId> result;
  for (const symbols::Frame& frame : names.frames(address)) {
    Frame shared{frame.function, below(frame.file, cwd), module_name};
    if (shared.function.empty()) {
      shared.function = module_name.empty() ? "?" : module_name;
      if (offsets_agree(module))
        shared.function += fmt::format("+{:#x}", names.addresses().offset(address));
    }
    result.push_back(id_of(std::move(shared)));
  }
  return result;
}

StackNumber SharedStacks::extend(StackNumber caller, FrameId inner) {
  const heap::ContextId parent{static_cast<uint32_t>(caller)};
  return StackNumber{static_cast<uint32_t>(tree_.child(parent, static_cast<uint32_t>(inner)))};
}

std::vector<FrameId> SharedStacks::frames_of(StackNumber stack) const {
  std::vector<FrameId> result;
  const std::vector<heap::Context>& nodes = tree_.nodes();
  for (auto at = static_cast<uint32_t>(stack); at != 0;
       at = static_cast<uint32_t>(nodes[at].parent))
    result.push_back(FrameId{nodes[at].location});
  return result;
}

int SharedStacks::compare(StackNumber a, StackNumber b) const {
  const std::vector<heap::Context>& nodes = tree_.nodes();
  auto at_a = static_cast<uint32_t>(a);
  auto at_b = static_cast<uint32_t>(b);
  while (at_a != at_b) {
    if (at_a == 0 || at_b == 0) return at_a == 0 ? -1 : 1;
    const FrameId frame_a{nodes[at_a].location};
    const FrameId frame_b{nodes[at_b].location};
    if (frame_a != frame_b) return frame(frame_a) < frame(frame_b) ? -1 : 1;
    at_a = static_cast<uint32_t>(nodes[at_a].parent);
    at_b = static_cast<uint32_t>(nodes[at_b].parent);
  }
  return 0;
}

}  // namespace memprof::compare
