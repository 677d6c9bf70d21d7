#include "analyzer/profile/tree_peak.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

using memprof::heap::ProcessHeap;
using memprof::profile::kStepNs;
using memprof::profile::Process;
using memprof::profile::Tree;
using memprof::profile::tree_peak;

namespace {

Process process(uint32_t id, uint64_t start_step, uint64_t end_step) {
  Process result;
  result.id = id;
  result.heap.start_ns = start_step * kStepNs;
  result.heap.end_ns = end_step * kStepNs + 5;
  return result;
}

bool alive(const Process& p, uint64_t step) {
  return p.heap.start_ns / kStepNs <= step && step <= p.heap.end_ns / kStepNs;
}

// The definitions, step by step and without a thought for speed.
uint64_t highest_in(const Process& p, uint64_t step) {
  uint64_t held = 0;
  for (const auto& s : p.heap.steps) {
    if (s.step == step) return s.highest_bytes;
    if (s.step < step) held = s.end_bytes;
  }
  return held;
}

uint64_t rss_in(const Process& p, uint64_t step) {
  uint64_t value = 0;
  for (const auto& sample : p.heap.rss.samples) {
    if (sample.time_ns < (step + 1) * kStepNs) value = sample.bytes;
  }
  return value;
}

Tree slow_peak(const std::vector<Process>& processes, uint64_t steps) {
  Tree tree;
  uint64_t peak_step = 0;
  for (uint64_t step = 0; step < steps; ++step) {
    uint64_t heap = 0;
    uint64_t rss = 0;
    for (const Process& p : processes) {
      heap += alive(p, step) ? highest_in(p, step) : 0;
      rss += alive(p, step) ? rss_in(p, step) : 0;
    }
    if (heap > tree.peak_heap_bytes) {
      tree.peak_heap_bytes = heap;
      peak_step = step;
    }
    if (rss > tree.peak_rss_bytes) {
      tree.peak_rss_bytes = rss;
      tree.peak_rss_time_ns = step * kStepNs;
    }
  }
  tree.peak_time_ns = peak_step * kStepNs;
  for (const Process& p : processes) {
    if (alive(p, peak_step)) tree.alive_at_peak.push_back(p.id);
  }
  return tree;
}

Process random_process(std::mt19937& random, uint32_t id, uint64_t steps) {
  const auto below = [&](uint64_t limit) {
    return std::uniform_int_distribution<uint64_t>(0, limit - 1)(random);
  };
  const uint64_t start = below(steps);
  Process p = process(id, start, start + below(steps - start));
  const uint64_t end = p.heap.end_ns / kStepNs;
  uint64_t held = 0;
  for (uint64_t step = start; step <= end; ++step) {
    if (below(3) == 0) {
      const uint64_t next = below(1000);
      p.heap.steps.push_back({step, std::max(held, next) + below(200), next});
      held = next;
    }
    for (uint64_t n = below(3); n > 0; --n) {
      p.heap.rss.samples.push_back({step * kStepNs + below(kStepNs), below(1000)});
    }
  }
  auto& samples = p.heap.rss.samples;
  std::sort(samples.begin(), samples.end(),
            [](const auto& a, const auto& b) { return a.time_ns < b.time_ns; });
  return p;
}

}  // namespace

TEST_CASE("The tree's peak is what a step-by-step sum finds, for random processes") {
  constexpr uint32_t kSeed = 20240611;
  INFO("seed " << kSeed);
  std::mt19937 random(kSeed);
  for (int round = 0; round < 300; ++round) {
    constexpr uint64_t kSteps = 60;
    std::vector<Process> processes;
    for (uint32_t id = 1; id <= 1 + static_cast<uint32_t>(round % 7); ++id) {
      processes.push_back(random_process(random, id, kSteps));
    }
    const Tree expected = slow_peak(processes, kSteps);
    const Tree tree = tree_peak(processes);
    REQUIRE(tree.peak_heap_bytes == expected.peak_heap_bytes);
    REQUIRE(tree.peak_time_ns == expected.peak_time_ns);
    REQUIRE(tree.alive_at_peak == expected.alive_at_peak);
    REQUIRE(tree.peak_rss_bytes == expected.peak_rss_bytes);
    REQUIRE(tree.peak_rss_time_ns == expected.peak_rss_time_ns);
  }
}

TEST_CASE("Processes that never ran at once do not add up") {
  std::vector<Process> processes{process(1, 0, 4), process(2, 5, 9)};
  processes[0].heap.steps = {{2, 100, 100}};
  processes[1].heap.steps = {{7, 80, 80}};
  const Tree tree = tree_peak(processes);
  CHECK(tree.peak_heap_bytes == 100);
  CHECK(tree.peak_time_ns == 2 * kStepNs);
  CHECK(tree.alive_at_peak == std::vector<uint32_t>{1});
}

TEST_CASE("A heap that stays as it was still counts where another one peaks") {
  std::vector<Process> processes{process(1, 0, 100), process(2, 0, 100)};
  processes[0].heap.steps = {{1, 70, 50}};
  processes[1].heap.steps = {{90, 60, 0}};
  const Tree tree = tree_peak(processes);
  CHECK(tree.peak_heap_bytes == 110);
  CHECK(tree.peak_time_ns == 90 * kStepNs);
}

TEST_CASE("Events after the recorded end still belong to the process") {
  std::vector<Process> processes{process(1, 0, 3)};
  processes[0].heap.steps = {{1, 10, 10}, {5, 30, 0}};
  CHECK(tree_peak(processes).peak_heap_bytes == 30);
}

TEST_CASE("The tree's RSS peak is at least that of any one process") {
  std::vector<Process> processes{process(1, 0, 3)};
  processes[0].heap.rss.samples = {{0, 100}};
  processes[0].heap.rss.peak_bytes = 250;  // VmHWM saw more than the samples
  CHECK(tree_peak(processes).peak_rss_bytes == 250);
}

TEST_CASE("A run in which nothing was allocated has a peak of 0 at its start") {
  const std::vector<Process> processes{process(1, 0, 3)};
  const Tree tree = tree_peak(processes);
  CHECK(tree.peak_heap_bytes == 0);
  CHECK(tree.peak_time_ns == 0);
  CHECK(tree.alive_at_peak == std::vector<uint32_t>{1});
}
