// Random events through the encoder and back through the decoder.
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "analyzer/trace/record_decoder.h"
#include "preload/format/trace_format.h"
#include "tests/support/record_encoder.h"

namespace {

using namespace memprof;
using test::RecordEncoder;

/// An event as it went in or came out; the stack whole, so that pops and pushes are checked by
/// their effect.
struct Event {
  enum class What { kDeath, kBirth, kResize } what;
  uint64_t old_address = 0;
  uint64_t address = 0;
  uint64_t size = 0;
  uint64_t stamp = 0;
  uint32_t ticks = 0;
  format::Kind kind = format::Kind::kMalloc;
  std::vector<uint32_t> stack;

  bool operator==(const Event&) const = default;
};

class Recording : public trace::RecordVisitor {
 public:
  void death(const trace::Death& death) {
    events.push_back({Event::What::kDeath, 0, death.address, 0, death.stamp, 0, {}, {}});
  }
  void birth(const trace::Birth& birth) { add(Event::What::kBirth, 0, 0, birth); }
  void resize(const trace::Resize& resize) {
    add(Event::What::kResize, resize.old_address, resize.ticks, resize.born);
  }

  std::vector<Event> events;

 private:
  void add(Event::What what, uint64_t old_address, uint32_t ticks, const trace::Birth& birth) {
    stack_.resize(stack_.size() - birth.pops);
    stack_.insert(stack_.end(), birth.pushes.begin(), birth.pushes.end());
    events.push_back(
        {what, old_address, birth.address, birth.size, birth.stamp, ticks, birth.kind, stack_});
  }

  std::vector<uint32_t> stack_;
};

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  uint64_t below(uint64_t bound) { return engine_() % bound; }

  /// Mostly the common case, sometimes each limit.
  uint64_t size() {
    switch (below(8)) {
      case 0:
        return format::kSizeEscape - 1 + below(3);
      case 1:
        return trace::kMaxBlockBytes - below(2);
      default:
        return below(5000);
    }
  }
  uint64_t address() {
    switch (below(8)) {
      case 0:
        return engine_();
      case 1:
        return near_ + 8;
      case 2:
        return near_ + (uint64_t{1} << (27 + below(6)));
      default:
        return near_ += below(1000) * 16;
    }
  }
  uint32_t location() {
    switch (below(8)) {
      case 0:
        return format::kMaxLocation - static_cast<uint32_t>(below(2));
      case 1:
        return format::kWideFrame - 1 + static_cast<uint32_t>(below(3));
      default:
        return static_cast<uint32_t>(below(3000));
    }
  }
  uint64_t stamp_step() { return below(50) == 0 ? uint64_t{1} << 33 : below(100'000); }

  /// Some frames off, some on; now and then more than the short counts hold.
  void change(std::vector<uint32_t>& stack, RecordEncoder::StackChange& change) {
    const uint64_t reach = below(10) == 0 ? 200 : 4;
    change.pops = static_cast<uint32_t>(below(std::min<uint64_t>(reach, stack.size() + 1)));
    change.pushes.resize(below(reach));
    for (uint32_t& id : change.pushes) id = location();
    stack.resize(stack.size() - change.pops);
    stack.insert(stack.end(), change.pushes.begin(), change.pushes.end());
  }

 private:
  std::mt19937_64 engine_;
  uint64_t near_ = 0x7f0000001000;
};

constexpr format::Kind kKinds[] = {format::Kind::kMalloc,  format::Kind::kCalloc,
                                   format::Kind::kAligned, format::Kind::kValloc,
                                   format::Kind::kPvalloc, format::Kind::kRealloc};

/// Writes `count` random events and says what they were.
std::vector<Event> write_random(Random& random, RecordEncoder& encoder, uint64_t stamp, int count) {
  std::vector<Event> written;
  std::vector<uint32_t> stack;
  for (int i = 0; i < count; ++i) {
    if (random.below(100) == 0) encoder.stamps(!encoder.stamped(), stamp += 7);
    if (encoder.stamped()) stamp += random.stamp_step();
    Event event{};
    event.what = static_cast<Event::What>(random.below(3));
    event.address = random.address();
    event.stamp = stamp;
    RecordEncoder::StackChange change;
    if (event.what != Event::What::kDeath) {
      event.size = random.size();
      random.change(stack, change);
      event.stack = stack;
    }
    if (event.what == Event::What::kDeath) {
      encoder.death(event.address, stamp);
    } else if (event.what == Event::What::kBirth) {
      event.kind = kKinds[random.below(std::size(kKinds))];
      encoder.birth(event.address, event.size, event.kind, change, stamp);
    } else {
      event.kind = format::Kind::kRealloc;
      event.old_address = random.address();
      event.ticks = encoder.stamped() ? static_cast<uint32_t>(random.below(1000)) : 0;
      encoder.resize({event.old_address, event.address, event.size, event.ticks}, change, stamp);
    }
    written.push_back(event);
  }
  return written;
}

format::ChunkHeader chunk_header(bool stamped) {
  format::ChunkHeader header{};
  header.magic = format::kChunkMagic;
  header.start_stamp = 1'000'000;
  header.flags = stamped ? format::kChunkStamped : 0;
  return header;
}

}  // namespace

TEST_CASE("random events come back as they were written") {
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    Random random(seed);
    const format::ChunkHeader header = chunk_header(seed % 2 == 0);
    RecordEncoder encoder(header);
    const std::vector<Event> written = write_random(random, encoder, header.start_stamp, 1000);
    Recording read;
    trace::RecordDecoder decoder(header, encoder.bytes());
    while (decoder.next(read)) {
    }
    REQUIRE(decoder.damaged_bytes() == 0);
    REQUIRE(read.events.size() == written.size());
    for (size_t i = 0; i < written.size(); ++i) {
      INFO("event " << i);
      REQUIRE(read.events[i] == written[i]);
    }
  }
}

TEST_CASE("common events take the bytes the format promises") {
  RecordEncoder encoder(chunk_header(false));
  encoder.birth(0x10000, 64, format::Kind::kMalloc, {0, {1, 2, 3}}, 0);
  CHECK(encoder.bytes().size() == 8 + 3 * 2);
  encoder.death(0x10000, 0);
  CHECK(encoder.bytes().size() == 8 + 3 * 2 + 4);
  encoder.resize({0x10000, 0x20000, 100, 0}, {1, {4}}, 0);
  CHECK(encoder.bytes().size() == 8 + 3 * 2 + 4 + 12 + 2);
}
