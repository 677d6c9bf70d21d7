#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "analyzer/heap/context_tree.h"
#include "analyzer/profile/names.h"

namespace memprof::compare {

/// A frame as it compares between runs and builds: no address, no line, no load path. Raw bytes.
struct Frame {
  std::string function;  ///< "libfoo.so+0x12" or "libfoo.so" where no symbol is known
  std::string file;    ///< relative to the run's working directory where it lies below; "" unknown
  std::string module;  ///< the file's name; "" for no module

  auto operator<=>(const Frame&) const = default;
};

/// `file` relative to the folder `cwd` where it lies below it.
std::string below(const std::string& file, std::string cwd);

/// Index into the frames; the same for equal ones.
enum class FrameId : uint32_t {};

/// A stack of them; 0 is the stack without frames.
enum class StackNumber : uint32_t {};

/// Frames and stacks of several runs under common numbers.
///
/// Code without symbols is told by its offset only where all runs have the very same module, by
/// build-id; else the module is all that can be compared.
class SharedStacks {
 public:
  /// All runs whose stacks will be numbered, or the first of many that are alike.
  explicit SharedStacks(const std::vector<const profile::Addresses*>& runs);

  /// The frames at an address, innermost first. `cwd`: the run's. REQUIRES: `names` knows it.
  std::vector<FrameId> frames_at(const profile::Names& names, profile::AddressId address,
                                 const std::string& cwd);

  /// `inner` called from the stack `caller`.
  StackNumber extend(StackNumber caller, FrameId inner);

  /// Innermost first.
  std::vector<FrameId> frames_of(StackNumber stack) const;

  const Frame& frame(FrameId id) const { return *frames_[static_cast<uint32_t>(id)]; }

  size_t stacks() const { return tree_.nodes().size(); }

  /// Less, equal or greater than 0 by frames from the innermost outwards.
  int compare(StackNumber a, StackNumber b) const;

 private:
  bool offsets_agree(const symbols::ModuleKey& module) const;
  FrameId id_of(Frame frame);

  std::map<Frame, FrameId> ids_;
  std::vector<const Frame*> frames_;
  heap::ContextTree tree_;                        ///< of frames; its nodes are the stacks
  std::map<std::string, std::string> build_ids_;  ///< by module name; "" where runs differ
};

}  // namespace memprof::compare
