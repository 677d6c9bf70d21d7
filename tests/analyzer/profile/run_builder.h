#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "analyzer/profile/names.h"
#include "analyzer/profile/run.h"

namespace memprof::test {

/// Names for tests. Each name is an address of one module, and by default the function of that name
/// in
/// "/src/<name>.cpp", line 1.
class FakeFrames : public profile::FrameSource {
 public:
  static constexpr char kModule[] = "/bin/program";

  /// The return address of a name, relative to the module; handed out at first use.
  uint64_t offset_of(const std::string& name);

  /// What that name's address resolves to instead, innermost first.
  FakeFrames& define(const std::string& name, std::vector<symbols::Frame> frames);
  FakeFrames& without_symbols(const std::string& name) { return define(name, {{}}); }

  void resolve(std::vector<symbols::Lookup>& lookups) override;
  std::string problem(const symbols::ModuleKey& module) const override;

  /// Offsets asked for, in all calls.
  uint64_t asked() const { return asked_; }

 private:
  std::map<std::string, uint64_t> offsets_;
  std::map<uint64_t, std::vector<symbols::Frame>>
      frames_;  // by the offset looked up: return address - 1
  uint64_t asked_ = 0;
};

/// Outermost first: {"main", "f"} is f called by main. "[cut]" outermost: frames are missing.
using Frames = std::vector<std::string>;

/// A process image made by hand.
class ProcessBuilder {
 public:
  explicit ProcessBuilder(FakeFrames& frames, uint64_t bias = 0x400000);

  ProcessBuilder& pid(uint32_t pid);
  ProcessBuilder& exe(const std::string& path);
  ProcessBuilder& argv(const std::vector<std::string>& arguments);
  ProcessBuilder& cwd(const std::string& path);
  /// Adds to the totals as well.
  ProcessBuilder& site(const Frames& stack, const heap::Counts& counts);
  /// `bytes` in one block, live at the process's peak and at the tree's.
  ProcessBuilder& peak(const Frames& stack, uint64_t bytes);

  profile::Process process;

 private:
  heap::ContextId context_of(const Frames& stack);

  FakeFrames& frames_;
  uint64_t bias_;
  std::map<std::pair<uint32_t, uint32_t>, uint32_t> contexts_;
  std::map<std::string, uint32_t> locations_;
};

/// Gives the processes their ids and puts them into a run.
profile::Run run_of(std::vector<profile::Process> processes);

}  // namespace memprof::test
