#include "analyzer/heap/decoded_chunk.h"

#include <string.h>

#include <algorithm>
#include <string_view>

#include "analyzer/trace/record_decoder.h"

namespace memprof::heap {

namespace {

/// Turns a chunk's records into events. Stamps only rise: an event without one of its own is not
/// before what the chunk has said already, be it in a mark's reading of the clock.
class Decoding : public trace::RecordVisitor {
 public:
  Decoding(const trace::Chunk& chunk, const LocationTable& locations, DecodedChunk& into)
      : locations_(locations),
        bound_(chunk.header.start_stamp),
        thread_(chunk.header.thread),
        decoded_(into) {
    stack_[0] = kRootContext;
    // A chunk is handed on with its stream, so its header may name a thread that the last one did
    // not end with.
    decoded_.events.add(EventType::kThread, bound_, 0, 0, thread_);
  }

  void death(const trace::Death& death) { add_death(death.address, death.stamp); }

  void birth(const trace::Birth& birth) {
    depth_ -= birth.pops;
    ContextId at = stack_[depth_];
    for (const uint32_t id : birth.pushes) {
      at = decoded_.tree.child(at, locations_.index_of(id));
      stack_[++depth_] = at;
    }
    const uint32_t site = decoded_.tree.site_of(at);
    decoded_.events.add(EventType::kBirth, reach(birth.stamp), birth.address, birth.size, site);
  }

  void resize(const trace::Resize& resize) {
    const uint64_t end = resize.born.stamp;
    add_death(resize.old_address, end - std::min<uint64_t>(end, resize.ticks));
    birth(resize.born);
  }

  void thread(const format::ThreadRecord& record) {
    const std::string_view name(record.name, ::strnlen(record.name, sizeof record.name));
    if (!name.empty()) decoded_.threads.emplace_back(record.serial, name);
    if (record.serial != thread_)
      decoded_.events.add(EventType::kThread, bound_, 0, 0, record.serial);
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

  void finish(uint64_t last_stamp) { decoded_.last_stamp = std::max(bound_, last_stamp); }

 private:
  uint64_t reach(uint64_t stamp) { return bound_ = std::max(bound_, stamp); }

  void add_death(uint64_t address, uint64_t stamp) {
    decoded_.events.add(EventType::kDeath, reach(stamp), address, 0, 0);
  }

  void add_item(TimelineItem item, uint64_t stamp) {
    const auto index = static_cast<uint32_t>(decoded_.items.size());
    decoded_.items.push_back(std::move(item));
    decoded_.events.add(EventType::kItem, reach(stamp), 0, 0, index);
  }

  const LocationTable& locations_;
  uint64_t bound_;
  uint32_t thread_;
  uint32_t depth_ = 0;
  ContextId stack_[trace::kMaxStackDepth + 1];  ///< outermost first, the root below it
  DecodedChunk& decoded_;
};

}  // namespace

void DecodedChunk::clear() {
  events.clear();
  items.clear();
  tree.clear();
  sites.clear();
  threads.clear();
  cuts.clear();
  last_stamp = 0;
}

void decode_chunk(const trace::Chunk& chunk, const trace::ChunkReader& reader,
                  const LocationTable& locations, std::span<const uint32_t> cuts,
                  DecodedChunk& into) {
  into.clear();
  trace::RecordDecoder decoder(chunk.header, reader.read(chunk, into.bytes));
  Decoding decoding(chunk, locations, into);
  const uint32_t begin = decoder.position();
  for (const uint32_t cut : cuts) {
    bool more = true;
    while (more && decoder.position() < cut) more = decoder.next(decoding);
    // The thread that the header names is no record before which a cut could lie.
    into.cuts.push_back(decoder.position() == begin ? 0 : decoding.events());
  }
  while (decoder.next(decoding)) {
  }
  decoding.finish(decoder.last_stamp());
}

}  // namespace memprof::heap
