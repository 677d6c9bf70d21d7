#include "analyzer/heap/decoded_chunk.h"

#include <string.h>
#include <tbb/task_group.h>

#include <algorithm>
#include <string_view>

#include "analyzer/trace/record_decoder.h"

namespace memprof::heap {

namespace {

/// What an event and a new node take in a chunk, more or less.
constexpr size_t kEventBytes = 8;
constexpr size_t kNodeBytes = 24;

/// Turns a chunk's records into events. Stamps only rise: an event without one of its own is not
/// before what the chunk has said already, be it in a mark's reading of the clock.
class Decoding : public trace::RecordVisitor {
 public:
  Decoding(const trace::Chunk& chunk, const LocationTable& locations)
      : locations_(locations),
        bound_(chunk.header.start_stamp),
        thread_(chunk.header.thread),
        tree_(chunk.record_bytes() / kNodeBytes) {
    decoded_.events.reserve(chunk.record_bytes() / kEventBytes + 1);
    // A chunk is handed on with its stream, so its header may name a thread that the last one did
    // not end with.
    add({bound_, 0, 0, thread_, EventType::kThread});
  }

  void death(const trace::Death& death) { add_death(death.address, death.stamp); }

  void birth(const trace::Birth& birth) {
    stack_.resize(stack_.size() - birth.pops);
    for (const uint32_t id : birth.pushes) {
      stack_.push_back(tree_.child(stack_.back(), locations_.index_of(id)));
    }
    const uint32_t site = tree_.site_of(stack_.back());
    add({reach(birth.stamp), birth.address, birth.size, site, EventType::kBirth});
  }

  void resize(const trace::Resize& resize) {
    const uint64_t end = resize.born.stamp;
    add_death(resize.old_address, end - std::min<uint64_t>(end, resize.ticks));
    birth(resize.born);
  }

  void thread(const format::ThreadRecord& record) {
    const std::string_view name(record.name, ::strnlen(record.name, sizeof record.name));
    if (!name.empty()) decoded_.threads.emplace_back(record.serial, name);
    if (record.serial != thread_) add({bound_, 0, 0, record.serial, EventType::kThread});
    thread_ = record.serial;
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

  size_t events() const { return decoded_.events.size(); }

  DecodedChunk finish(uint64_t last_stamp) {
    decoded_.last_stamp = std::max(bound_, last_stamp);
    decoded_.sites = tree_.sites();
    decoded_.nodes = tree_.take_nodes();
    return std::move(decoded_);
  }

  DecodedChunk& decoded() { return decoded_; }

 private:
  uint64_t reach(uint64_t stamp) { return bound_ = std::max(bound_, stamp); }

  void add(const Event& event) { decoded_.events.push_back(event); }

  void add_death(uint64_t address, uint64_t stamp) {
    add({reach(stamp), address, 0, 0, EventType::kDeath});
  }

  void add_item(TimelineItem item, uint64_t stamp) {
    const auto index = static_cast<uint32_t>(decoded_.items.size());
    decoded_.items.push_back(std::move(item));
    add({reach(stamp), 0, 0, index, EventType::kItem});
  }

  const LocationTable& locations_;
  uint64_t bound_;
  uint32_t thread_;
  ContextTree tree_;
  std::vector<ContextId> stack_{kRootContext};  ///< outermost first, the root below it
  DecodedChunk decoded_;
};

}  // namespace

DecodedChunk decode_chunk(const trace::Chunk& chunk, const trace::ChunkReader& reader,
                          const LocationTable& locations, std::span<const uint32_t> cuts) {
  std::vector<std::byte> buffer;
  trace::RecordDecoder decoder(chunk.header, reader.read(chunk, buffer));
  Decoding decoding(chunk, locations);
  std::vector<size_t>& cut_events = decoding.decoded().cuts;
  const uint32_t begin = decoder.position();
  for (const uint32_t cut : cuts) {
    bool more = true;
    while (more && decoder.position() < cut) more = decoder.next(decoding);
    // The thread that the header names is no record before which a cut could lie.
    cut_events.push_back(decoder.position() == begin ? 0 : decoding.events());
  }
  while (decoder.next(decoding)) {
  }
  return decoding.finish(decoder.last_stamp());
}

struct ChunkAhead::Impl {
  DecodedChunk decoded;
  tbb::task_group group;
};

ChunkAhead::ChunkAhead(const trace::Chunk& chunk, const trace::ChunkReader& reader,
                       const LocationTable& locations, std::vector<uint32_t> cuts)
    : impl_(std::make_unique<Impl>()) {
  impl_->group.run([impl = impl_.get(), &chunk, &reader, &locations, cuts = std::move(cuts)] {
    impl->decoded = decode_chunk(chunk, reader, locations, cuts);
  });
}

ChunkAhead::~ChunkAhead() {
  try {
    impl_->group.wait();
  } catch (...) {
    // Nobody took it, so nobody misses it.
  }
}

DecodedChunk ChunkAhead::take() {
  impl_->group.wait();
  return std::move(impl_->decoded);
}

}  // namespace memprof::heap
