#include "analyzer/heap/fork_watch.h"

#include <algorithm>
#include <utility>

namespace memprof::heap {

ForkWatch::ForkWatch(const std::vector<uint32_t>& stream_numbers,
                     const std::vector<Heritage*>& children)
    : streams_(stream_numbers.size()) {
  std::unordered_map<uint32_t, uint32_t> place_of_number;
  for (uint32_t place = 0; place < stream_numbers.size(); ++place) {
    place_of_number[stream_numbers[place]] = place;
  }
  for (Heritage* heritage : children) {
    const auto child = static_cast<uint32_t>(children_.size());
    children_.push_back({heritage, 0, {}});
    open_.push_back(child);
    gather_cuts(child, place_of_number);
  }
  for (uint32_t place = 0; place < streams_.size(); ++place) {
    std::vector<CutOfChild>& cuts = streams_[place].cuts;
    std::sort(cuts.begin(), cuts.end(), [](const CutOfChild& a, const CutOfChild& b) {
      return std::pair(a.cut.stream_seq, a.cut.used) < std::pair(b.cut.stream_seq, b.cut.used);
    });
    for (uint32_t rank = 0; rank < cuts.size(); ++rank) {
      children_[cuts[rank].child].heritage->rank_in_stream[place] = rank;
    }
  }
}

void ForkWatch::gather_cuts(uint32_t child,
                            const std::unordered_map<uint32_t, uint32_t>& place_of_number) {
  Heritage& heritage = *children_[child].heritage;
  for (const format::CutRecord& row : heritage.cuts) {
    const auto place = place_of_number.find(row.stream);
    if (place == place_of_number.end()) continue;
    // A second row for a stream would be damage: the first one holds.
    if (!heritage.rank_in_stream.try_emplace(place->second, 0).second) continue;
    streams_[place->second].cuts.push_back({{row.stream_seq, row.used}, child});
    ++children_[child].streams_left;
  }
}

void ForkWatch::begin(LiveHeap& heap) {
  for (uint32_t child = 0; child < children_.size(); ++child) {
    if (children_[child].streams_left == 0) complete(child, heap);
  }
}

std::vector<StreamCut> ForkWatch::cuts_of(uint32_t stream) const {
  std::vector<StreamCut> result;
  for (const CutOfChild& cut : streams_[stream].cuts) result.push_back(cut.cut);
  return result;
}

void ForkWatch::stream_begins(uint32_t stream) {
  for (const uint32_t child : open_) {
    if (!children_[child].heritage->rank_in_stream.contains(stream)) {
      streams_[stream].ahead_of.push_back(child);
    }
  }
}

void ForkWatch::stream_passed(uint32_t stream, uint32_t count, LiveHeap& heap) {
  Stream& passing = streams_[stream];
  while (passing.passed < count) {
    const uint32_t child = passing.cuts[passing.passed++].child;
    passing.ahead_of.push_back(child);
    if (--children_[child].streams_left == 0) complete(child, heap);
  }
}

void ForkWatch::before_event(StreamPlace place, uint64_t address, std::optional<uint64_t> born_size,
                             LiveHeap& heap) {
  for (const uint32_t child : open_) see(children_[child], place, address, born_size, heap);
}

void ForkWatch::see(Child& child, StreamPlace place, uint64_t address,
                    std::optional<uint64_t> born_size, LiveHeap& heap) {
  if (child.heritage->is_before_cut(place)) {
    // Where the view is silent the child sees the live set itself, which the event is about to
    // change.
    const auto seen = child.view.find(address);
    if (seen != child.view.end()) seen->second = born_size;
    return;
  }
  if (child.view.contains(address)) return;
  if (child.view.empty()) ++views_;
  const LiveBlock* block = heap.map().find(address);
  child.view.emplace(address, block == nullptr ? std::nullopt : std::optional(block->size));
}

void ForkWatch::complete(uint32_t index, LiveHeap& heap) {
  Child& child = children_[index];
  Heritage& heritage = *child.heritage;
  heritage.parent_blocks = heap.live_blocks();
  heritage.parent_bytes = heap.live_bytes();
  for (const auto& [address, size] : child.view) {
    const LiveBlock* block = heap.map().find(address);
    if (size) {
      ++heritage.parent_blocks;
      heritage.parent_bytes += *size;
    }
    if (block != nullptr) {
      --heritage.parent_blocks;
      heritage.parent_bytes -= block->size;
    }
  }
  for (Heritage::Question& question : heritage.questions()) {
    const auto seen = child.view.find(question.address);
    const LiveBlock* block = heap.map().find(question.address);
    std::optional<uint64_t> size = block == nullptr ? std::nullopt : std::optional(block->size);
    if (seen != child.view.end()) size = seen->second;
    question.live = size.has_value();
    question.size = size.value_or(0);
  }
  if (!child.view.empty()) --views_;
  child.view = {};
  std::erase(open_, index);
  for (Stream& stream : streams_) std::erase(stream.ahead_of, index);
}

void ForkWatch::finish(Heritage* own) {
  if (own == nullptr) return;
  for (const Child& child : children_) {
    for (Heritage::Question& question : child.heritage->questions()) {
      if (question.live) continue;
      const Heritage::Question* freed = own->find(question.address);
      const bool gone =
          freed != nullptr && freed->own && child.heritage->is_before_cut(freed->place);
      if (!gone) question.passed_on = own->ask_for_child(question.address);
    }
  }
}

}  // namespace memprof::heap
