#include "analyzer/profile/coverage.h"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include "analyzer/profile/executable.h"

namespace memprof::profile {
namespace {

/// A spawned child may start before its parent gets to announce it, but not by more than this.
constexpr uint64_t kSpawnSlackNs = 1'000'000'000;

struct Announced {
  const heap::Launch* launch;
  const Process* launcher;

  uint32_t pid() const { return launch->own ? launcher->identity.pid : launch->pid; }
};

/// Images by pid in the order of their start; each answers to one launch at most.
class Images {
 public:
  explicit Images(std::span<const Process> processes) {
    for (const Process& process : processes) {
      // A fork's image began without an exec, so it is nobody's launch.
      if (process.identity.parent_link == format::ParentLink::kFork) continue;
      by_pid_[process.identity.pid].push_back({process.heap.start_ns, false});
    }
    for (auto& [pid, images] : by_pid_) std::sort(images.begin(), images.end());
  }

  /// Takes the first free image of `pid` that started in [from, until).
  bool take(uint32_t pid, uint64_t from, std::optional<uint64_t> until) {
    const auto found = by_pid_.find(pid);
    if (found == by_pid_.end()) return false;
    for (auto& [start_ns, taken] : found->second) {
      if (taken || start_ns < from || (until && start_ns >= *until)) continue;
      return taken = true;
    }
    return false;
  }

 private:
  std::unordered_map<uint32_t, std::vector<std::pair<uint64_t, bool>>> by_pid_;
};

/// All launches by pid, then time.
std::vector<Announced> announced(std::span<const Process> processes) {
  std::vector<Announced> all;
  for (const Process& process : processes) {
    for (const heap::Launch& launch : process.heap.launches) all.push_back({&launch, &process});
  }
  std::stable_sort(all.begin(), all.end(), [](const Announced& a, const Announced& b) {
    return std::pair(a.pid(), a.launch->time_ns) < std::pair(b.pid(), b.launch->time_ns);
  });
  return all;
}

class Tally {
 public:
  void add(const std::string& exe, const std::string& reason, uint64_t count = 1) {
    if (count != 0) counts_[{exe, reason}] += count;
  }

  std::vector<Uncovered> result() const {
    std::vector<Uncovered> list;
    for (const auto& [key, count] : counts_) list.push_back({key.first, key.second, count});
    return list;
  }

 private:
  std::map<std::pair<std::string, std::string>, uint64_t> counts_;
};

std::string absolute(const std::string& path, const std::string& cwd) {
  const bool relative = path.find('/') != std::string::npos && path.front() != '/';
  return relative && !cwd.empty() ? cwd + "/" + path : path;
}

std::string whose(const std::string& object, const std::string& exe) {
  return object == exe ? "the executable itself" : object.substr(object.rfind('/') + 1);
}

/// Whether the process allocated under a C library that shows the recorder neither its modules nor
/// its arguments. glibc always shows both.
bool is_of_another_libc(const Process& process) {
  return process.identity.argv.empty() && !process.identity.argv_cut &&
         process.heap.modules.size() <= 1 && process.heap.totals.allocations != 0;
}

const char* words(heap::Unfollowed reason) {
  switch (reason) {
    case heap::Unfollowed::kNo:
      break;
    case heap::Unfollowed::kUnreachable:
      return "libmemprof.so or the output directory cannot be reached from there";
    case heap::Unfollowed::kSandboxed:
      return "started inside a sandbox (seccomp)";
    case heap::Unfollowed::kTooLarge:
      return "its arguments and environment left no room for ours";
  }
  return "";
}

}  // namespace

std::vector<Uncovered> not_covered(std::span<const Process> processes) {
  Images images(processes);
  Tally tally;
  for (const Process& process : processes) {
    if (process.skipped)
      tally.add(process.identity.exe, "left out by MEMPROF_ONLY or MEMPROF_SKIP");
    tally.add(process.identity.exe, "forked child that could not create its trace file",
              process.heap.health.lost_children);
  }
  std::map<std::string, std::string> reasons;  // one look per executable
  const std::vector<Announced> all = announced(processes);
  for (size_t i = 0; i < all.size(); ++i) {
    const heap::Launch& launch = *all[i].launch;
    const uint64_t slack = launch.own ? 0 : std::min(kSpawnSlackNs, launch.time_ns);
    std::optional<uint64_t> until;
    if (i + 1 < all.size() && all[i + 1].pid() == all[i].pid()) {
      until = std::max(all[i + 1].launch->time_ns, launch.time_ns + 1);
    }
    if (images.take(all[i].pid(), launch.time_ns - slack, until)) continue;
    const std::string exe = absolute(launch.path, all[i].launcher->identity.cwd);
    if (launch.unfollowed != heap::Unfollowed::kNo) {
      tally.add(exe, words(launch.unfollowed));
      continue;
    }
    const auto [reason, is_new] = reasons.try_emplace(exe);
    if (is_new) reason->second = why_not_recorded(exe);
    tally.add(exe, reason->second);
  }
  return tally.result();
}

std::vector<Uncovered> partly_covered(std::span<const Process> processes) {
  Tally tally;
  std::map<std::string, std::string> prefixed;  // one look per executable
  for (const Process& process : processes) {
    if (process.skipped) continue;
    const trace::Identity& identity = process.identity;
    const std::string& reason = process.heap.health.stop_reason;
    if (!reason.empty()) tally.add(identity.exe, "recording stopped: " + reason);
    if (is_of_another_libc(process)) {
      tally.add(identity.exe,
                "not of glibc (musl?): stacks of one frame, no names, arguments or exit status");
    }
    if (!identity.malloc_from.empty()) {
      tally.add(identity.exe, "malloc is that of " + whose(identity.malloc_from, identity.exe));
    } else if (!identity.new_from.empty()) {
      tally.add(identity.exe, "operator new is that of " + whose(identity.new_from, identity.exe));
    }
    if (identity.malloc_from == identity.exe) continue;
    const auto [name, is_new] = prefixed.try_emplace(identity.exe);
    if (is_new) name->second = prefixed_malloc(identity.exe);
    if (!name->second.empty()) {
      tally.add(identity.exe, name->second + " is that of the executable itself");
    }
  }
  return tally.result();
}

}  // namespace memprof::profile
