#include "tests/support/recording.h"

#include <cxxabi.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include "preload/format/trace_format.h"

namespace memprof::test {
namespace {

std::string base_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

std::vector<std::string> trace_files(const std::string& directory) {
  std::vector<std::string> paths;
  if (!std::filesystem::exists(directory)) return paths;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() == format::kFileSuffix) paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

Functions::Functions(const std::string& file) {
  const std::string command = "nm --defined-only -S -C '" + file + "' 2>/dev/null";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  if (pipe == nullptr) throw std::runtime_error("cannot run " + command);
  char line[4096];
  while (fgets(line, sizeof line, pipe.get()) != nullptr) {
    unsigned long start = 0;
    unsigned long size = 0;
    char type = 0;
    int name_at = 0;
    if (sscanf(line, "%lx %lx %c %n", &start, &size, &type, &name_at) < 3) continue;
    if (std::string("tTwW").find(type) == std::string::npos) continue;
    std::string name(line + name_at);
    name.erase(name.find_last_not_of('\n') + 1);
    by_start_[start] = {start + size, name};
  }
}

std::string Functions::at(uint64_t offset) const {
  auto next = by_start_.upper_bound(offset);
  if (next == by_start_.begin()) return "";
  const Function& function = std::prev(next)->second;
  return offset < function.end ? function.name : "";
}

std::string Process::exe_name() const {
  return base_name(identity.exe);
}

std::vector<heap::Location> Process::frames(const heap::Site& site) const {
  std::vector<heap::Location> frames;
  for (const uint32_t location : heap.stack(site.context))
    frames.push_back(heap.locations[location]);
  return frames;
}

const heap::Module& Process::module_of(const heap::Location& location) const {
  return heap.modules[location.module];
}

std::string Process::module_name(const heap::Location& location) const {
  return base_name(module_of(location).path);
}

bool Process::in_executable(const heap::Location& location) const {
  return location.module != 0 && module_of(location).path == identity.exe;
}

heap::Counts Process::own_counts() const {
  heap::Counts sum;
  for (const heap::Site& site : heap.sites) {
    const std::vector<heap::Location> stack = frames(site);
    if (!stack.empty() && in_executable(stack.front())) sum += site.counts;
  }
  return sum;
}

std::map<std::string, heap::Counts> Process::counts_by_function() const {
  const Functions functions(identity.exe);
  std::map<std::string, heap::Counts> sums;
  for (const heap::Site& site : heap.sites) {
    std::string name;
    for (const heap::Location& location : frames(site)) {
      if (!in_executable(location)) continue;
      name = functions.at(location.lookup_address() - module_of(location).bias);
      break;
    }
    sums[name] += site.counts;
  }
  return sums;
}

bool Process::sums_agree() const {
  heap::Counts sum;
  for (const heap::Site& site : heap.sites) sum += site.counts;
  const heap::Counts& totals = heap.totals;
  return sum.allocations == totals.allocations && sum.frees == totals.frees &&
         sum.bytes_allocated == totals.bytes_allocated && sum.live_bytes == totals.live_bytes &&
         sum.live_blocks == totals.live_blocks && sum.peak_bytes == totals.peak_bytes &&
         sum.peak_blocks == totals.peak_blocks && sum.temporary == totals.temporary &&
         totals.allocations - totals.frees == totals.live_blocks;
}

Recording::Recording(const std::string& directory) {
  std::vector<trace::TraceFile> files;
  for (const std::string& path : trace_files(directory))
    files.push_back(trace::TraceFile::open(path));
  heap::ReplayOptions options;
  std::vector<const trace::TraceFile*> pointers;
  for (const trace::TraceFile& file : files) {
    const uint64_t start_ns = file.identity().start.monotonic_ns;
    if (pointers.empty() || start_ns < options.run_start_ns) options.run_start_ns = start_ns;
    pointers.push_back(&file);
  }
  std::vector<heap::ProcessHeap> heaps = heap::replay_run(pointers, options);
  for (size_t i = 0; i < files.size(); ++i) {
    processes_.push_back({files[i].identity(), std::move(heaps[i])});
  }
}

const Process& Recording::only(const std::vector<const Process*>& found,
                               const std::string& wanted) const {
  if (found.size() == 1) return *found.front();
  std::string message = std::to_string(found.size()) + " processes are " + wanted + "; there are:";
  for (const Process& process : processes_) {
    message += " " + process.exe_name() + "." + std::to_string(process.identity.pid);
  }
  throw std::runtime_error(message);
}

const Process& Recording::process(uint32_t pid, const std::string& exe_name) const {
  std::vector<const Process*> found;
  for (const Process& process : processes_) {
    if (process.identity.pid == pid && process.exe_name() == exe_name) found.push_back(&process);
  }
  return only(found, exe_name + "." + std::to_string(pid));
}

const Process& Recording::process(const std::string& exe_name) const {
  std::vector<const Process*> found;
  for (const Process& process : processes_) {
    if (process.exe_name() == exe_name) found.push_back(&process);
  }
  return only(found, exe_name);
}

const Process* Recording::parent_of(const Process& child) const {
  for (const Process& process : processes_) {
    if (process.identity.trace_id == child.identity.parent_id) return &process;
  }
  return nullptr;
}

}  // namespace memprof::test
