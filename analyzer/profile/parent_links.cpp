#include "analyzer/profile/parent_links.h"

#include <unordered_map>

namespace memprof::profile {
namespace {

/// Longest time from an exec to the first record of the new image. Pids are not reused that fast.
constexpr uint64_t kExecGapMaxNs = 1'000'000'000;

using Index = std::optional<size_t>;

/// What is known of the images that come before the one being linked.
class Earlier {
 public:
  explicit Earlier(const std::vector<Image>& images) : images_(images) {}

  void add(size_t index) {
    by_trace_id_.emplace(images_[index].trace_id, index);
    by_pid_[images_[index].pid].push_back(index);
  }

  Index with_trace_id(uint64_t trace_id) const {
    const auto found = by_trace_id_.find(trace_id);
    return found == by_trace_id_.end() ? Index() : Index(found->second);
  }

  /// The image of the same process that `image` replaced.
  Index replaced_by(const Image& image) const {
    return latest(image.pid, [&](const Image& earlier) {
      return earlier.end == heap::End::kExec && earlier.end_ns <= image.start_ns &&
             image.start_ns - earlier.end_ns <= kExecGapMaxNs;
    });
  }

  Index running_parent_of(const Image& image) const {
    return latest(image.ppid, [&](const Image& earlier) {
      // Without an end record the image may have lived longer than its last event.
      return earlier.end == heap::End::kOpen || earlier.end_ns >= image.start_ns;
    });
  }

 private:
  template <typename Accept>
  Index latest(uint32_t pid, Accept accept) const {
    const auto found = by_pid_.find(pid);
    if (found == by_pid_.end()) return std::nullopt;
    for (auto index = found->second.rbegin(); index != found->second.rend(); ++index) {
      if (accept(images_[*index])) return *index;
    }
    return std::nullopt;
  }

  const std::vector<Image>& images_;
  std::unordered_map<uint64_t, size_t> by_trace_id_;
  std::unordered_map<uint32_t, std::vector<size_t>> by_pid_;
};

Index parent_of(const Image& image, const Earlier& earlier) {
  if (image.link == format::ParentLink::kNone) return std::nullopt;
  const Index named = earlier.with_trace_id(image.parent_id);
  if (image.link == format::ParentLink::kFork) return named;
  const bool fresh = image.env_parent_pid == image.pid || image.env_parent_pid == image.ppid;
  if (fresh && named) return named;
  if (const Index before = earlier.replaced_by(image)) return before;
  if (const Index parent = earlier.running_parent_of(image)) return parent;
  return named;
}

}  // namespace

std::vector<std::optional<size_t>> link_parents(const std::vector<Image>& images) {
  std::vector<Index> parents;
  parents.reserve(images.size());
  Earlier earlier(images);
  for (size_t i = 0; i < images.size(); ++i) {
    parents.push_back(parent_of(images[i], earlier));
    earlier.add(i);
  }
  return parents;
}

void link_processes(Run& run) {
  std::vector<Image> images;
  for (const Process& process : run.processes) {
    const trace::Identity& identity = process.identity;
    images.push_back({identity.trace_id, identity.parent_id, identity.parent_link,
                      identity.env_parent_pid, identity.pid, identity.ppid, process.heap.start_ns,
                      process.heap.end_ns, process.heap.end});
  }
  const std::vector<std::optional<size_t>> parents = link_parents(images);
  for (size_t i = 0; i < parents.size(); ++i) {
    if (parents[i]) run.processes[i].parent = run.processes[*parents[i]].id;
  }
}

}  // namespace memprof::profile
