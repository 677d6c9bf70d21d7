#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

namespace memprof::heap {

/// Where an event stands with respect to forks: its stream (by place in the file's list of
/// streams), and how many of the cuts of forked children that stream had passed.
struct StreamPlace {
  uint32_t stream;
  uint32_t passed;
};

enum class EventType : uint32_t { kBirth, kDeath, kThread, kItem };

/// What the merge applies: a record taken out of its stream, its stack resolved to a site. Resizes
/// are two.
struct Event {
  uint64_t stamp;  ///< never falls within a stream
  uint64_t address;
  uint64_t size;
  uint32_t number;  ///< kBirth: for StreamCursor::site; kThread: the thread's serial; kItem: for
                    ///< StreamCursor::item
  EventType type;
};

/// A row of events. Writing one is five plain stores: a vector would make it elsewhere and copy it
/// in, and the copy's loads would wait for those stores, several times as long as all the rest.
class EventBuffer {
 public:
  size_t size() const { return size_; }
  void clear() { size_ = 0; }

  Event& operator[](size_t index) { return events_[index]; }
  const Event& operator[](size_t index) const { return events_[index]; }
  std::span<Event> all() { return {events_.get(), size_}; }

  void add(EventType type, uint64_t stamp, uint64_t address, uint64_t size, uint32_t number) {
    if (size_ == capacity_) [[unlikely]]
      grow();
    Event& event = events_[size_++];
    event.stamp = stamp;
    event.address = address;
    event.size = size;
    event.number = number;
    event.type = type;
  }

 private:
  static constexpr size_t kFirst = 1024;

  void grow() {
    const size_t capacity = std::max(kFirst, capacity_ * 2);
    auto larger = std::make_unique_for_overwrite<Event[]>(capacity);
    std::copy_n(events_.get(), size_, larger.get());
    events_ = std::move(larger);
    capacity_ = capacity;
  }

  std::unique_ptr<Event[]> events_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace memprof::heap
