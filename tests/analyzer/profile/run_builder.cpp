#include "tests/analyzer/profile/run_builder.h"

namespace memprof::test {

uint64_t FakeFrames::offset_of(const std::string& name) {
  const auto [found, is_new] = offsets_.emplace(name, 0x1000 + 16 * offsets_.size());
  if (is_new) frames_[found->second - 1] = {{name, "/src/" + name + ".cpp", 1, false}};
  return found->second;
}

FakeFrames& FakeFrames::define(const std::string& name, std::vector<symbols::Frame> frames) {
  frames_[offset_of(name) - 1] = std::move(frames);
  return *this;
}

void FakeFrames::resolve(std::vector<symbols::Lookup>& lookups) {
  for (symbols::Lookup& lookup : lookups) {
    for (const uint64_t offset : lookup.offsets) {
      const auto found = frames_.find(offset);
      const bool known = lookup.module->path == kModule && found != frames_.end();
      lookup.frames.push_back(known ? found->second : std::vector<symbols::Frame>{{}});
    }
    asked_ += lookup.offsets.size();
  }
}

std::string FakeFrames::problem(const symbols::ModuleKey& module) const {
  return module.path == kModule ? "" : "file not found";
}

ProcessBuilder::ProcessBuilder(FakeFrames& frames, uint64_t bias) : frames_(frames), bias_(bias) {
  process.identity.exe = FakeFrames::kModule;
  process.identity.argv = {"program"};
  process.identity.pid = 100;
  process.identity.cwd = "/src";
  process.heap.contexts.push_back({heap::kRootContext, 0});
  process.heap.locations.push_back({});
  process.heap.modules.push_back({});
  process.heap.modules.push_back({FakeFrames::kModule, "", bias});
}

ProcessBuilder& ProcessBuilder::pid(uint32_t pid) {
  process.identity.pid = pid;
  return *this;
}

ProcessBuilder& ProcessBuilder::exe(const std::string& path) {
  process.identity.exe = path;
  return *this;
}

ProcessBuilder& ProcessBuilder::argv(const std::vector<std::string>& arguments) {
  process.identity.argv = arguments;
  return *this;
}

ProcessBuilder& ProcessBuilder::cwd(const std::string& path) {
  process.identity.cwd = path;
  return *this;
}

ProcessBuilder& ProcessBuilder::site(const Frames& stack, const heap::Counts& counts) {
  process.heap.sites.push_back({context_of(stack), counts});
  process.heap.totals += counts;
  return *this;
}

ProcessBuilder& ProcessBuilder::peak(const Frames& stack, uint64_t bytes) {
  heap::Counts counts;
  counts.allocations = counts.frees = 1;
  counts.bytes_allocated = bytes;
  counts.peak_bytes = counts.at_bytes = bytes;
  counts.peak_blocks = counts.at_blocks = 1;
  return site(stack, counts);
}

heap::ContextId ProcessBuilder::context_of(const Frames& stack) {
  uint32_t context = 0;
  for (const std::string& name : stack) {
    const auto [location, is_new] =
        locations_.emplace(name, static_cast<uint32_t>(process.heap.locations.size()));
    if (name == "[cut]") {
      location->second = 0;
    } else if (is_new) {
      process.heap.locations.push_back({bias_ + frames_.offset_of(name), 1, false});
    }
    const auto [child, is_child_new] = contexts_.emplace(
        std::pair(context, location->second), static_cast<uint32_t>(process.heap.contexts.size()));
    if (is_child_new) process.heap.contexts.push_back({heap::ContextId{context}, location->second});
    context = child->second;
  }
  return heap::ContextId{context};
}

profile::Run run_of(std::vector<profile::Process> processes) {
  profile::Run run;
  for (profile::Process& process : processes) {
    process.id = static_cast<uint32_t>(run.processes.size() + 1);
    run.tree.alive_at_peak.push_back(process.id);
    for (const heap::Site& site : process.heap.sites) {
      run.tree.peak_heap_bytes += site.counts.at_bytes;
    }
    run.processes.push_back(std::move(process));
  }
  if (!run.processes.empty()) run.command = run.processes.front().identity.argv;
  return run;
}

}  // namespace memprof::test
