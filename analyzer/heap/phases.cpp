#include "analyzer/heap/phases.h"

#include <algorithm>

namespace memprof::heap {

namespace {

/// The largest sample of any interval, in O(log n): a tree of maxima over the samples in order of
/// time.
class RssMaxima {
 public:
  explicit RssMaxima(const std::vector<RssSample>& samples)
      : samples_(samples), tree_(samples.size() * 2) {
    const size_t count = samples.size();
    for (size_t i = 0; i < count; ++i) tree_[count + i] = samples[i].bytes;
    for (size_t i = count; i-- > 1;) tree_[i] = std::max(tree_[2 * i], tree_[2 * i + 1]);
  }

  /// Over the samples from `begin_ns` to `end_ns`, both included; 0 when there is none.
  uint64_t within(uint64_t begin_ns, uint64_t end_ns) const {
    const auto before = [](const RssSample& sample, uint64_t time) {
      return sample.time_ns < time;
    };
    const auto after = [](uint64_t time, const RssSample& sample) { return time < sample.time_ns; };
    const auto first = std::lower_bound(samples_.begin(), samples_.end(), begin_ns, before);
    const auto last = std::upper_bound(first, samples_.end(), end_ns, after);
    auto low = static_cast<size_t>(first - samples_.begin()) + samples_.size();
    auto high = static_cast<size_t>(last - samples_.begin()) + samples_.size();
    uint64_t highest = 0;
    for (; low < high; low /= 2, high /= 2) {
      if (low % 2 == 1) highest = std::max(highest, tree_[low++]);
      if (high % 2 == 1) highest = std::max(highest, tree_[--high]);
    }
    return highest;
  }

 private:
  const std::vector<RssSample>& samples_;
  std::vector<uint64_t> tree_;
};

}  // namespace

size_t Phases::begin(const std::string& name, uint32_t thread, const Edge& edge) {
  highest_.add(edge.highest_bytes);
  const auto number = static_cast<uint32_t>(names_.size());
  Name& entry = names_.try_emplace(name, Name{number, 0, {}}).first->second;
  Phase phase;
  phase.name = name;
  phase.occurrence = ++entry.occurrences;
  phase.begin_ns = edge.time_ns;
  phase.heap_begin_bytes = edge.heap_bytes;
  phase.rss_begin_bytes = edge.rss_bytes;
  const size_t index = phases_.size();
  phases_.push_back(std::move(phase));
  begun_.push_back({thread, highest_.added(), edge.allocations});
  entry.open.insert(index);
  open_of_thread_[{entry.number, thread}].insert(index);
  return index;
}

std::optional<size_t> Phases::end(const std::string& name, uint32_t thread, const Edge& edge) {
  highest_.add(edge.highest_bytes);
  const auto entry = names_.find(name);
  if (entry == names_.end() || entry->second.open.empty()) {
    ++unmatched_ends_;
    return std::nullopt;
  }
  const auto own = open_of_thread_.find({entry->second.number, thread});
  const bool on_thread = own != open_of_thread_.end() && !own->second.empty();
  const size_t index = on_thread ? *own->second.rbegin() : *entry->second.open.rbegin();
  close(index, entry->second, edge);
  return index;
}

void Phases::close(size_t index, Name& name, const Edge& edge) {
  Phase& phase = phases_[index];
  const Begun& begun = begun_[index];
  phase.end_ns = std::max(phase.begin_ns, edge.time_ns);
  phase.heap_end_bytes = edge.heap_bytes;
  const RunningMaximum::Value highest = highest_.since(begun.highest_from);
  phase.heap_peak_bytes = highest.value;
  phase.heap_peak_ns = std::clamp(highest.time_ns, phase.begin_ns, phase.end_ns);
  phase.rss_end_bytes = edge.rss_bytes;
  phase.allocations = edge.allocations - begun.allocations;
  name.open.erase(index);
  open_of_thread_[{name.number, begun.thread}].erase(index);
}

void Phases::finish(const Edge& edge, const std::vector<RssSample>& rss) {
  highest_.add(edge.highest_bytes);
  for (auto& [text, name] : names_) {
    while (!name.open.empty()) close(*name.open.begin(), name, edge);
  }
  const RssMaxima maxima(rss);
  for (Phase& phase : phases_) {
    phase.rss_peak_bytes = std::max(
        {phase.rss_begin_bytes, phase.rss_end_bytes, maxima.within(phase.begin_ns, phase.end_ns)});
  }
}

}  // namespace memprof::heap
