#include "analyzer/heap/stream_cursor.h"

#include <algorithm>
#include <utility>

namespace memprof::heap {

namespace {

/// How many chunks of a stream, and of all streams of a process, may be decoded ahead: enough to
/// keep other processors busy, few enough that memory does not follow the streams. A decoded chunk
/// takes half a megabyte or so.
constexpr size_t kAheadOfStream = 4;
constexpr size_t kAheadOfProcess = 32;

/// Of a shorter stream waking another thread would cost more than it does.
constexpr size_t kChunksWorthwhile = 4;

}  // namespace

StreamCursor::StreamCursor(ReplayContext& context, std::span<const trace::Chunk> chunks,
                           std::vector<StreamCut> cuts)
    : context_(context),
      chunks_(chunks),
      cuts_(std::move(cuts)),
      bound_(chunks.front().header.start_stamp),
      ahead_is_worthwhile_(chunks.size() >= kChunksWorthwhile) {}

uint32_t StreamCursor::cuts_before(uint64_t stream_seq) const {
  const auto first =
      std::lower_bound(cuts_.begin(), cuts_.end(), stream_seq,
                       [](const StreamCut& cut, uint64_t seq) { return cut.stream_seq < seq; });
  return static_cast<uint32_t>(first - cuts_.begin());
}

std::vector<uint32_t> StreamCursor::cuts_in(const trace::Chunk& chunk) const {
  std::vector<uint32_t> places;
  for (size_t i = cuts_before(chunk.header.stream_seq);
       i < cuts_.size() && cuts_[i].stream_seq == chunk.header.stream_seq; ++i) {
    places.push_back(cuts_[i].used);
  }
  return places;
}

void StreamCursor::order_ahead() {
  while (ahead_is_worthwhile_ && ahead_.size() < kAheadOfStream &&
         ahead_.size() + 1 < chunks_.size() && context_.chunks.ahead() < kAheadOfProcess) {
    const trace::Chunk& chunk = chunks_[ahead_.size() + 1];
    ahead_.push_back(context_.chunks.order(chunk, cuts_in(chunk), ChunkPipeline::When::kAhead));
  }
}

bool StreamCursor::open_chunk() {
  if (chunks_.empty()) return false;
  const trace::Chunk& chunk = chunks_.front();
  bound_ = std::max(bound_, chunk.header.start_stamp);
  ChunkPipeline::OrderPtr mine;
  if (!ahead_.empty()) {
    mine = std::move(ahead_.front());
    ahead_.pop_front();
  } else {
    mine = context_.chunks.order(chunk, cuts_in(chunk), ChunkPipeline::When::kWhenTaken);
  }
  order_ahead();
  decoded_ = context_.chunks.take(std::move(mine));
  next_cut_ = 0;
  passed_ = std::max(passed_, cuts_before(chunk.header.stream_seq));
  at_ = batch_end_ = 0;
  for (const auto& [serial, name] : decoded_->threads)
    context_.threads[context_.thread_slot(serial)].name = name;
  // An event is not before what the stream has said already.
  for (Event& event : decoded_->events.all()) {
    if (event.stamp >= bound_) break;
    event.stamp = bound_;
  }
  return true;
}

void StreamCursor::close_chunk() {
  bound_ = std::max(bound_, decoded_->last_stamp);
  passed_ = std::max(passed_, cuts_before(uint64_t{chunks_.front().header.stream_seq} + 1));
  context_.chunks.give_back(std::move(decoded_));
  at_ = batch_end_ = 0;
  chunks_ = chunks_.subspan(1);
  if (!chunks_.empty()) {
    bound_ = std::max(bound_, chunks_.front().header.start_stamp);
    return;
  }
  // Nothing follows: what children say of places beyond is as good as reached.
  passed_ = static_cast<uint32_t>(cuts_.size());
}

bool StreamCursor::refill() {
  if (decoded_ == nullptr && !open_chunk()) return false;
  for (; next_cut_ < decoded_->cuts.size() && decoded_->cuts[next_cut_] <= at_; ++next_cut_)
    ++passed_;
  batch_end_ =
      next_cut_ < decoded_->cuts.size() ? decoded_->cuts[next_cut_] : decoded_->events.size();
  if (at_ < batch_end_) return true;
  close_chunk();
  return !chunks_.empty();
}

}  // namespace memprof::heap
