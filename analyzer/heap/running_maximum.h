#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace memprof::heap {

/// Values that come one by one, and the largest of any stretch that ends at the latest one. Kept
/// are only the values that no later one exceeds, so `add` is O(1) over time and `since` a binary
/// search.
class RunningMaximum {
 public:
  struct Value {
    uint64_t value = 0;
    uint64_t time_ns = 0;
  };

  void add(Value value) {
    while (!kept_.empty() && kept_.back().value.value < value.value) kept_.pop_back();
    kept_.push_back({added_++, value});
  }

  /// How many values have come so far; the index of the next.
  uint64_t added() const { return added_; }

  /// The largest of the values from index `first` on, the earliest of equals; 0 when there is none.
  Value since(uint64_t first) const {
    const auto found =
        std::lower_bound(kept_.begin(), kept_.end(), first,
                         [](const Kept& kept, uint64_t index) { return kept.index < index; });
    return found == kept_.end() ? Value{} : found->value;
  }

 private:
  struct Kept {
    uint64_t index;
    Value value;
  };

  uint64_t added_ = 0;
  std::vector<Kept> kept_;
};

}  // namespace memprof::heap
