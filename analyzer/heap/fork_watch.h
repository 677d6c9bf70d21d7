#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "analyzer/heap/event.h"
#include "analyzer/heap/heritage.h"
#include "analyzer/heap/live_heap.h"
#include "analyzer/heap/stream_cursor.h"

namespace memprof::heap {

/// Follows a parent's replay and answers its forked children when it comes to their cuts.
///
/// A cut is a place in each stream, and the merged order need not respect it: an event after the
/// cut in one stream may be applied before one that lies before the cut in another. Until all
/// streams have reached a child's cut, such early events are therefore undone in the child's view:
/// at each address they touch, what the child sees there is kept aside, and follows only the events
/// before the cut. These views are empty but for the few events in flight at a fork.
class ForkWatch {
 public:
  /// `stream_numbers`: of the file's streams, in the order of their places. `children` must stay.
  ForkWatch(const std::vector<uint32_t>& stream_numbers, const std::vector<Heritage*>& children);

  /// Settles the children that no stream's cut has to be waited for. To be called once, before all
  /// others.
  void begin(LiveHeap& heap);

  /// Where the stream at this place must halt, in order.
  std::vector<StreamCut> cuts_of(uint32_t stream) const;

  /// The stream is to be replayed from its beginning: it may be younger than forks that are still
  /// open.
  void stream_begins(uint32_t stream);

  /// The stream's first `count` cuts are passed and all its events before them applied.
  void stream_passed(uint32_t stream, uint32_t count, LiveHeap& heap);

  /// Whether before_event may be left out for this stream's events.
  bool idle(uint32_t stream) const { return views_ == 0 && streams_[stream].ahead_of.empty(); }

  /// To be called before the event is applied. `born_size`: none for a death.
  void before_event(StreamPlace place, uint64_t address, std::optional<uint64_t> born_size,
                    LiveHeap& heap);

  /// Passes on what the parent (whose own heritage is `own`, null when it is no fork) could not
  /// answer.
  void finish(Heritage* own);

 private:
  struct Child {
    Heritage* heritage;
    size_t streams_left;
    /// What the child sees at addresses where that differs from the live set: a size, or nothing.
    std::unordered_map<uint64_t, std::optional<uint64_t>> view;
  };
  struct CutOfChild {
    StreamCut cut;
    uint32_t child;
  };
  struct Stream {
    std::vector<CutOfChild> cuts;
    uint32_t passed = 0;
    /// Open children whose cut lies before this stream's next event.
    std::vector<uint32_t> ahead_of;
  };

  void gather_cuts(uint32_t child, const std::unordered_map<uint32_t, uint32_t>& place_of_number);
  void see(Child& child, StreamPlace place, uint64_t address, std::optional<uint64_t> born_size,
           LiveHeap& heap);
  void complete(uint32_t child, LiveHeap& heap);

  std::vector<Child> children_;
  std::vector<Stream> streams_;
  std::vector<uint32_t> open_;  ///< children that are not complete
  size_t views_ = 0;            ///< how many of them have a view that is not empty
};

}  // namespace memprof::heap
