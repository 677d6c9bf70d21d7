#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>

#include "analyzer/heap/event.h"

namespace memprof::heap {

/// Deaths for which no block lived yet. Between threads a stamp may be a hair late, so a death can
/// come out before its birth: it waits, for a birth of another stream only, since within one the
/// order is exact.
class WaitingDeaths {
 public:
  struct Death {
    uint64_t stamp;
    uint64_t address;
    uint32_t thread;
    StreamPlace place;
  };

  bool empty() const { return queue_.empty(); }

  /// REQUIRES: stamps never fall.
  void add(const Death& death) {
    by_address_.emplace(death.address, first_ + queue_.size());
    queue_.push_back({death, false});
  }

  /// Takes the earliest death at this address that another stream waits with.
  std::optional<Death> take(uint64_t address, uint32_t stream) {
    const auto [begin, end] = by_address_.equal_range(address);
    auto earliest = end;
    for (auto it = begin; it != end; ++it) {
      if (queue_[it->second - first_].death.place.stream == stream) continue;
      if (earliest == end || it->second < earliest->second) earliest = it;
    }
    if (earliest == end) return std::nullopt;
    Entry& entry = queue_[earliest->second - first_];
    entry.taken = true;
    const Death death = entry.death;
    by_address_.erase(earliest);
    return death;
  }

  /// Removes those stamped before `stamp` and gives each that was not taken to `unmatched`.
  template <typename Unmatched>
  void expire_before(uint64_t stamp, Unmatched unmatched) {
    while (!queue_.empty() && queue_.front().death.stamp < stamp) remove_first(unmatched);
  }

  template <typename Unmatched>
  void expire_all(Unmatched unmatched) {
    while (!queue_.empty()) remove_first(unmatched);
  }

 private:
  struct Entry {
    Death death;
    bool taken;
  };

  template <typename Unmatched>
  void remove_first(Unmatched& unmatched) {
    const Entry entry = queue_.front();
    queue_.pop_front();
    const uint64_t serial = first_++;
    if (entry.taken) return;
    const auto [begin, end] = by_address_.equal_range(entry.death.address);
    for (auto it = begin; it != end; ++it) {
      if (it->second != serial) continue;
      by_address_.erase(it);
      break;
    }
    unmatched(entry.death);
  }

  std::deque<Entry> queue_;
  uint64_t first_ = 0;                                      ///< serial of the queue's first
  std::unordered_multimap<uint64_t, uint64_t> by_address_;  ///< serials
};

}  // namespace memprof::heap
