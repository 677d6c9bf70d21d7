#include "analyzer/heap/stream_cursor.h"

#include <string.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace memprof::heap {

namespace {

constexpr size_t kBatchEvents = 256;

}  // namespace

/// Turns a chunk's records into events. Stamps only rise: an event without one of its own is not
/// before what the stream has said already, be it in a mark's reading of the clock.
class StreamCursor::Decoding : public trace::RecordVisitor {
 public:
  explicit Decoding(StreamCursor& cursor) : cursor_(cursor) {}

  void death(const trace::Death& death) { add_death(death.address, death.stamp); }

  void birth(const trace::Birth& birth) {
    ContextTree& tree = cursor_.context_.tree;
    std::vector<ContextId>& stack = cursor_.stack_;
    stack.resize(stack.size() - birth.pops);
    for (const uint32_t id : birth.pushes) {
      const uint32_t location = cursor_.context_.survey.location_table.index_of(id);
      stack.push_back(tree.child(stack.back(), location));
    }
    const uint32_t site = tree.site_of(stack.back());
    add({reach(birth.stamp), birth.address, birth.size, site, EventType::kBirth});
  }

  void resize(const trace::Resize& resize) {
    const uint64_t end = resize.born.stamp;
    add_death(resize.old_address, end - std::min<uint64_t>(end, resize.ticks));
    birth(resize.born);
  }

  void thread(const format::ThreadRecord& record) {
    enter_thread(record.serial);
    const std::string name(record.name, ::strnlen(record.name, sizeof record.name));
    if (!name.empty()) cursor_.context_.threads[cursor_.thread_slot_].name = name;
    reach(record.stamp);
  }

  void sample(const format::SampleRecord& record) { add_item(record, record.clock.stamp); }
  void mark(const format::MarkRecord& record, std::string_view name) {
    add_item(MarkItem{record, std::string(name)}, record.clock.stamp);
  }
  void exec(const format::ExecRecord& record, std::string_view path) {
    add_item(ExecItem{record, std::string(path)}, record.clock.stamp);
  }
  void exec_failed(const format::ExecFailedRecord& record) { add_item(record, record.stamp); }
  void exit(const format::ExitRecord& record) { add_item(record, record.clock.stamp); }

  void enter_thread(uint32_t serial) {
    const uint32_t slot = cursor_.context_.thread_slot(serial);
    if (slot == cursor_.thread_slot_) return;
    cursor_.thread_slot_ = slot;
    add({cursor_.bound_, 0, 0, slot, EventType::kThread});
  }

 private:
  uint64_t reach(uint64_t stamp) { return cursor_.bound_ = std::max(cursor_.bound_, stamp); }

  void add(const Event& event) { cursor_.batch_.push_back(event); }

  void add_death(uint64_t address, uint64_t stamp) {
    add({reach(stamp), address, 0, 0, EventType::kDeath});
  }

  void add_item(TimelineItem item, uint64_t stamp) {
    const auto index = static_cast<uint32_t>(cursor_.items_.size());
    cursor_.items_.push_back(std::move(item));
    add({reach(stamp), 0, 0, index, EventType::kItem});
  }

  StreamCursor& cursor_;
};

StreamCursor::StreamCursor(ReplayContext& context, std::span<const trace::Chunk> chunks,
                           std::vector<StreamCut> cuts)
    : context_(context),
      chunks_(chunks),
      cuts_(std::move(cuts)),
      bound_(chunks.front().header.start_stamp) {}

void StreamCursor::consume(size_t count) {
  at_ += count;
  if (at_ < batch_.size()) return;
  batch_.clear();
  items_.clear();
  at_ = 0;
}

void StreamCursor::pass_cuts(uint32_t position) {
  const uint32_t sequence = chunks_.front().header.stream_seq;
  while (passed_ < cuts_.size()) {
    const StreamCut& cut = cuts_[passed_];
    if (std::pair(cut.stream_seq, cut.used) > std::pair(sequence, position)) break;
    ++passed_;
  }
}

uint32_t StreamCursor::decode_limit() const {
  if (passed_ == cuts_.size()) return UINT32_MAX;
  const StreamCut& cut = cuts_[passed_];
  return cut.stream_seq == chunks_.front().header.stream_seq ? cut.used : UINT32_MAX;
}

bool StreamCursor::open_chunk() {
  if (chunks_.empty()) return false;
  const trace::Chunk& chunk = chunks_.front();
  decoder_.emplace(chunk.header, context_.reader.read(chunk, buffer_));
  stack_.assign(1, kRootContext);
  bound_ = std::max(bound_, chunk.header.start_stamp);
  // A chunk is handed on with its stream, so its header may name a thread that the last one did not
  // end with.
  Decoding(*this).enter_thread(chunk.header.thread);
  return true;
}

void StreamCursor::close_chunk() {
  pass_cuts(UINT32_MAX);
  bound_ = std::max(bound_, decoder_->last_stamp());
  decoder_.reset();
  chunks_ = chunks_.subspan(1);
  if (!chunks_.empty()) {
    bound_ = std::max(bound_, chunks_.front().header.start_stamp);
    return;
  }
  // Nothing follows: what children say of places beyond is as good as reached.
  passed_ = static_cast<uint32_t>(cuts_.size());
  std::vector<std::byte>().swap(buffer_);
  std::vector<ContextId>().swap(stack_);
}

bool StreamCursor::refill() {
  if (!decoder_ && !open_chunk()) return false;
  Decoding decoding(*this);
  for (;;) {
    if (batch_.empty()) pass_cuts(decoder_->position());
    const uint32_t limit = decode_limit();
    bool more = true;
    while (more && batch_.size() < kBatchEvents && decoder_->position() < limit) {
      more = decoder_->next(decoding);
    }
    if (!batch_.empty()) return true;
    if (more) continue;
    close_chunk();
    return !chunks_.empty();
  }
}

}  // namespace memprof::heap
