#include "analyzer/profile/tree_peak.h"

#include <algorithm>
#include <vector>

namespace memprof::profile {
namespace {

/// Turns one process's values over the steps into changes of the sum.
class Curve {
 public:
  explicit Curve(std::vector<Change>& changes) : changes_(changes) {}

  /// The value is `value` from `step` on. Steps never go back.
  void set(uint64_t step, uint64_t value) {
    if (value == value_) return;
    changes_.push_back({step, value - value_});
    value_ = value;
  }

 private:
  std::vector<Change>& changes_;
  uint64_t value_ = 0;
};

struct Largest {
  uint64_t step = 0;
  uint64_t sum = 0;
};

Largest largest_sum(std::vector<Change> changes) {
  std::sort(changes.begin(), changes.end(),
            [](const Change& a, const Change& b) { return a.step < b.step; });
  Largest largest;
  uint64_t sum = 0;
  for (size_t i = 0; i < changes.size();) {
    const uint64_t step = changes[i].step;
    for (; i < changes.size() && changes[i].step == step; ++i) sum += changes[i].delta;
    if (sum > largest.sum) largest = {step, sum};
  }
  return largest;
}

Largest heap_peak(std::span<const Process> processes) {
  std::vector<Change> changes;
  for (const Process& process : processes) add_heap_changes(process.heap, changes);
  return largest_sum(std::move(changes));
}

Largest rss_peak(std::span<const Process> processes) {
  std::vector<Change> changes;
  for (const Process& process : processes) {
    const Lifetime life = lifetime_of(process.heap);
    Curve curve(changes);
    const std::vector<heap::RssSample>& samples = process.heap.rss.samples;
    for (size_t i = 0; i < samples.size(); ++i) {
      const uint64_t step = std::max(samples[i].time_ns / kStepNs, life.first_step);
      if (step > life.last_step) break;
      const bool last_of_step = i + 1 == samples.size() || samples[i + 1].time_ns / kStepNs > step;
      if (last_of_step) curve.set(step, samples[i].bytes);
    }
    curve.set(life.last_step + 1, 0);
  }
  return largest_sum(std::move(changes));
}

}  // namespace

void add_heap_changes(const heap::ProcessHeap& heap, std::vector<Change>& changes) {
  Curve curve(changes);
  for (const heap::Step& step : heap.steps) {
    curve.set(step.step, step.highest_bytes);
    const bool followed = &step != &heap.steps.back() && (&step + 1)->step == step.step + 1;
    if (!followed) curve.set(step.step + 1, step.end_bytes);
  }
  curve.set(lifetime_of(heap).last_step + 1, 0);
}

Lifetime lifetime_of(const heap::ProcessHeap& heap) {
  Lifetime life{heap.start_ns / kStepNs, std::max(heap.start_ns, heap.end_ns) / kStepNs};
  if (!heap.steps.empty()) {
    life.first_step = std::min(life.first_step, heap.steps.front().step);
    life.last_step = std::max(life.last_step, heap.steps.back().step);
  }
  return life;
}

Tree tree_peak(std::span<const Process> processes) {
  Tree tree;
  const Largest heap = heap_peak(processes);
  tree.peak_heap_bytes = heap.sum;
  tree.peak_time_ns = heap.step * kStepNs;
  const Largest rss = rss_peak(processes);
  tree.peak_rss_bytes = rss.sum;
  tree.peak_rss_time_ns = rss.step * kStepNs;
  for (const Process& process : processes) {
    tree.peak_rss_bytes = std::max(tree.peak_rss_bytes, process.heap.rss.peak_bytes);
    const Lifetime life = lifetime_of(process.heap);
    if (life.first_step <= heap.step && heap.step <= life.last_step) {
      tree.alive_at_peak.push_back(process.id);
    }
  }
  return tree;
}

}  // namespace memprof::profile
