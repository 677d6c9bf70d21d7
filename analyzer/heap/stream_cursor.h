#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "analyzer/heap/chunk_pipeline.h"
#include "analyzer/heap/decoded_chunk.h"
#include "analyzer/heap/event.h"
#include "analyzer/heap/process_heap.h"
#include "analyzer/trace/trace_file.h"

namespace memprof::heap {

/// A place in a stream: before the record that begins at `used` of chunk `stream_seq`.
struct StreamCut {
  uint32_t stream_seq;
  uint32_t used;
};

/// What the cursors of a process share. One thread uses it.
struct ReplayContext {
  ChunkPipeline chunks;
  std::unordered_map<uint32_t, uint32_t> thread_slots;  ///< of each serial, counted from 0
  std::vector<Thread> threads;                          ///< by slot

  uint32_t thread_slot(uint32_t serial) {
    const auto [known, is_new] =
        thread_slots.try_emplace(serial, static_cast<uint32_t>(threads.size()));
    if (is_new) threads.push_back({serial, ""});
    return known->second;
  }
};

/// Reads one stream and hands its events out in batches, so that decoding and applying each run in
/// a tight loop. A chunk is read only when its turn comes in the merge, or soon will: until then
/// its start stamp stands for it, and streams that are not active hold no memory. A batch never
/// reaches over a cut.
class StreamCursor {
 public:
  /// `chunks`: of one stream, in order; at least one. `cuts`: in order.
  StreamCursor(ReplayContext& context, std::span<const trace::Chunk> chunks,
               std::vector<StreamCut> cuts);

  StreamCursor(StreamCursor&&) = default;
  StreamCursor(const StreamCursor&) = delete;

  /// No event of the stream that is yet to come is stamped before this; after the last, the last
  /// time it told.
  uint64_t stamp() const { return at_ == batch_end_ ? bound_ : decoded_->events[at_].stamp; }

  /// The events of the batch that are left. Empty: call refill.
  std::span<const Event> batch() const {
    if (at_ == batch_end_) return {};
    return decoded_->events.all().subspan(at_, batch_end_ - at_);
  }

  /// Takes the first `count` events off the batch.
  void consume(size_t count) { at_ += count; }

  /// REQUIRES: the batch is empty and its events have been applied. Passes the cuts that are
  /// reached and decodes on. False when the stream has ended. The batch may still be empty, where a
  /// chunk has ended.
  bool refill();

  /// How many cuts lie before the events of the batch.
  uint32_t passed() const { return passed_; }

  /// The process's site that a birth of the batch is of.
  uint32_t site(uint32_t number) const { return decoded_->sites[number]; }

  /// What an event of type kItem means; valid until the next refill.
  const TimelineItem& item(uint32_t index) const { return decoded_->items[index]; }

 private:
  bool open_chunk();
  void close_chunk();
  void order_ahead();
  /// How many cuts lie in chunks before the one with this number.
  uint32_t cuts_before(uint64_t stream_seq) const;
  std::vector<uint32_t> cuts_in(const trace::Chunk& chunk) const;

  ReplayContext& context_;
  std::span<const trace::Chunk> chunks_;
  std::vector<StreamCut> cuts_;
  uint32_t passed_ = 0;
  uint64_t bound_;
  const bool ahead_is_worthwhile_;

  std::unique_ptr<DecodedChunk> decoded_;  ///< chunks_[0], while it is open
  size_t next_cut_ = 0;                    ///< index into decoded_->cuts
  size_t at_ = 0;
  size_t batch_end_ = 0;
  std::deque<ChunkPipeline::OrderPtr> ahead_;  ///< chunks_[1], [2] ...
};

}  // namespace memprof::heap
