#include "tests/analyzer/heap/reference_heap.h"

#include <algorithm>
#include <catch2/catch.hpp>

namespace memprof::test {

ReferenceHeap::Holding ReferenceHeap::holding() const {
  Holding result;
  for (const auto& [address, block] : live_) {
    result[block.frames].first += block.size;
    result[block.frames].second += 1;
  }
  return result;
}

uint64_t ReferenceHeap::live_bytes() const {
  uint64_t sum = 0;
  for (const auto& [address, block] : live_) sum += block.size;
  return sum;
}

void ReferenceHeap::before(uint64_t time_ns) {
  const uint64_t step = time_ns / 1'000'000;
  if (!steps_.empty() && steps_.back().step == step) return;
  steps_.push_back({step, live_bytes(), live_bytes()});
  if (snapshot_step_ && step >= *snapshot_step_ && !at_snapshot_) {
    at_snapshot_ = holding();
    snapshot_bytes_ = live_bytes();
  }
}

void ReferenceHeap::after(uint64_t time_ns) {
  const uint64_t now = live_bytes();
  if (keeps_past) past.push_back({time_ns, now, holding()});
  if (now > peak_bytes_) {
    peak_bytes_ = now;
    peak_time_ns_ = time_ns;
    at_peak_ = holding();
  }
  steps_.back().highest_bytes = std::max(steps_.back().highest_bytes, now);
  steps_.back().end_bytes = now;
  if (snapshot_step_ && steps_.back().step == *snapshot_step_ && now > snapshot_bytes_) {
    at_snapshot_ = holding();
    snapshot_bytes_ = now;
  }
}

void ReferenceHeap::birth(uint64_t time_ns, uint32_t thread, uint64_t address, uint64_t size,
                          const Frames& frames) {
  before(time_ns);
  REQUIRE_FALSE(live_.contains(address));
  live_[address] = {size, frames, thread, ++births_of_thread_[thread]};
  ++counts_[frames].allocations;
  counts_[frames].bytes_allocated += size;
  after(time_ns);
}

void ReferenceHeap::death(uint64_t time_ns, uint32_t thread, uint64_t address) {
  const auto found = live_.find(address);
  if (found == live_.end()) {
    ++foreign_frees_;
    return;
  }
  before(time_ns);
  const Block& block = found->second;
  heap::Counts& counts = counts_[block.frames];
  ++counts.frees;
  if (block.thread == thread && block.birth_of_thread == births_of_thread_[thread]) {
    ++counts.temporary;
  }
  live_.erase(found);
  after(time_ns);
}

SiteCounts ReferenceHeap::sites() const {
  SiteCounts result = counts_;
  for (const auto& [frames, held] : holding()) {
    result[frames].live_bytes = held.first;
    result[frames].live_blocks = held.second;
  }
  for (const auto& [frames, held] : at_peak_) {
    result[frames].peak_bytes = held.first;
    result[frames].peak_blocks = held.second;
  }
  if (!snapshot_step_) return result;
  for (const auto& [frames, held] : at_snapshot_.value_or(holding())) {
    result[frames].at_bytes = held.first;
    result[frames].at_blocks = held.second;
  }
  return result;
}

heap::Totals ReferenceHeap::totals() const {
  heap::Totals result;
  for (const auto& [frames, counts] : sites()) result += counts;
  result.peak_time_ns = peak_time_ns_;
  result.foreign_frees = foreign_frees_;
  return result;
}

SiteCounts sites_of(const heap::ProcessHeap& heap, const std::map<uint64_t, std::string>& names,
                    size_t snapshot) {
  SiteCounts result;
  for (size_t i = 0; i < heap.sites.size(); ++i) {
    const heap::Site& site = heap.sites[i];
    Frames frames;
    for (const uint32_t location : heap.stack(site.context)) {
      const uint64_t address = heap.locations.at(location).address;
      frames.insert(frames.begin(), location == 0 ? kCutFrame : names.at(address));
    }
    heap::Counts counts = site.counts;
    if (snapshot < heap.snapshots.size()) {
      counts.at_bytes = heap.snapshots[snapshot].at(i).bytes;
      counts.at_blocks = heap.snapshots[snapshot].at(i).blocks;
    }
    REQUIRE(result.emplace(frames, counts).second);
  }
  return result;
}

namespace {

void require_equal_counts(const heap::Counts& is, const heap::Counts& expected) {
  REQUIRE(is.allocations == expected.allocations);
  REQUIRE(is.frees == expected.frees);
  REQUIRE(is.bytes_allocated == expected.bytes_allocated);
  REQUIRE(is.live_bytes == expected.live_bytes);
  REQUIRE(is.live_blocks == expected.live_blocks);
  REQUIRE(is.peak_bytes == expected.peak_bytes);
  REQUIRE(is.peak_blocks == expected.peak_blocks);
  REQUIRE(is.temporary == expected.temporary);
  REQUIRE(is.at_bytes == expected.at_bytes);
  REQUIRE(is.at_blocks == expected.at_blocks);
}

}  // namespace

void require_equal(const heap::ProcessHeap& heap, const ReferenceHeap& reference,
                   const std::map<uint64_t, std::string>& names) {
  const SiteCounts is = sites_of(heap, names);
  const SiteCounts expected = reference.sites();
  REQUIRE(is.size() == expected.size());
  for (const auto& [frames, counts] : expected) {
    CAPTURE(frames);
    REQUIRE(is.contains(frames));
    require_equal_counts(is.at(frames), counts);
  }
  heap::Counts sum;
  for (const auto& [frames, counts] : is) sum += counts;
  require_equal_counts(sum, reference.totals());
  REQUIRE(heap.totals.bytes_allocated == sum.bytes_allocated);
  REQUIRE(heap.totals.peak_bytes == sum.peak_bytes);
  REQUIRE(heap.totals.peak_time_ns == reference.totals().peak_time_ns);
  REQUIRE(heap.totals.foreign_frees == reference.totals().foreign_frees);
  REQUIRE(heap.steps.size() == reference.steps().size());
  for (size_t i = 0; i < heap.steps.size(); ++i) {
    CAPTURE(i);
    REQUIRE(heap.steps[i].step == reference.steps()[i].step);
    REQUIRE(heap.steps[i].highest_bytes == reference.steps()[i].highest_bytes);
    REQUIRE(heap.steps[i].end_bytes == reference.steps()[i].end_bytes);
  }
}

}  // namespace memprof::test
