#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <queue>
#include <utility>
#include <vector>

namespace memprof::symbols {

/// Answers "which of these address ranges holds this address?" by one binary search.
///
/// Ranges may overlap (functions folded by the linker, lying debug info): the innermost wins, which
/// is the one that starts last, of those the one that ends first, of those the one added first.
/// build() cuts the ranges into disjoint pieces once, in n log n, so that no set of ranges makes a
/// lookup slow.
template <typename Value>
class RangeMap {
 public:
  /// Adds [low, high). Empty and reversed ranges are ignored. Call build() after the last one.
  void add(uint64_t low, uint64_t high, Value value) {
    if (low < high) ranges_.push_back({low, high, std::move(value)});
  }

  /// Makes find() work; the ranges added so far become at most twice as many pieces.
  void build() {
    // A later place in this order is further inside; hence the reversal, for equal ranges.
    std::reverse(ranges_.begin(), ranges_.end());
    std::stable_sort(ranges_.begin(), ranges_.end(), [](const Range& a, const Range& b) {
      return a.low != b.low ? a.low < b.low : a.high > b.high;
    });
    std::vector<Range> pieces;
    std::priority_queue<size_t> open;
    uint64_t at = 0;
    for (size_t i = 0; i <= ranges_.size(); ++i) {
      const uint64_t next = i < ranges_.size() ? ranges_[i].low : UINT64_MAX;
      while (!open.empty() && at < next) {
        const Range& inner = ranges_[open.top()];
        if (inner.high <= at) {
          open.pop();
          continue;
        }
        const uint64_t end = std::min(inner.high, next);
        pieces.push_back({at, end, inner.value});
        at = end;
      }
      at = next;
      if (i < ranges_.size()) open.push(i);
    }
    pieces.shrink_to_fit();
    ranges_ = std::move(pieces);
  }

  /// The value of the innermost range over `address`; nullptr when there is none.
  const Value* find(uint64_t address) const {
    auto after = std::upper_bound(ranges_.begin(), ranges_.end(), address,
                                  [](uint64_t wanted, const Range& r) { return wanted < r.low; });
    if (after == ranges_.begin()) return nullptr;
    const Range& range = *std::prev(after);
    return address < range.high ? &range.value : nullptr;
  }

  bool empty() const { return ranges_.empty(); }

 private:
  struct Range {
    uint64_t low = 0;
    uint64_t high = 0;
    Value value;
  };

  std::vector<Range> ranges_;
};

}  // namespace memprof::symbols
