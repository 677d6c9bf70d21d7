#include "tests/fuzz/trace_mutator.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <random>
#include <utility>

#include "analyzer/trace/record_decoder.h"
#include "preload/format/trace_format.h"

namespace memprof::fuzz {
namespace {

using format::ChunkHeader;
using format::FileHeader;
using format::kChunkBytes;
using format::kHeaderBytes;

/// Where sizes, counts and signs turn over, and what the format gives a meaning.
constexpr uint64_t kEdges[] = {
    0,          1,          2,          63,         64,         0xff,       0x7fff,
    0x8000,     0xefff,     0xf000,     0xffff,     0x10000,    0xfffff,    0x20000,
    0x7fffffff, 0x80000000, 0x0fffffff, 0xfffffffe, 0xffffffff, 1ULL << 47, 1ULL << 57,
    1ULL << 60, INT64_MAX,  1ULL << 63, ~1ULL,      ~0ULL};

/// A field of a header or a record, by its place and width.
struct Field {
  size_t offset;
  size_t bytes;
};

#define FIELD(type, member) \
  { offsetof(type, member), sizeof(type::member) }

constexpr Field kFileFields[] = {
    FIELD(FileHeader, version),
    FIELD(FileHeader, trace_id),
    FIELD(FileHeader, parent_id),
    FIELD(FileHeader, parent_link),
    FIELD(FileHeader, env_parent_pid),
    FIELD(FileHeader, pid),
    FIELD(FileHeader, ppid),
    FIELD(FileHeader, stamp_source),
    FIELD(FileHeader, argv_count),
    FIELD(FileHeader, start_unix_ns),
    FIELD(FileHeader, start.stamp),
    FIELD(FileHeader, start.monotonic_ns),
    FIELD(FileHeader, calibration),
    FIELD(FileHeader, exe.offset),
    FIELD(FileHeader, exe.bytes),
    FIELD(FileHeader, argv.offset),
    FIELD(FileHeader, argv.bytes),
    FIELD(FileHeader, cwd.offset),
    FIELD(FileHeader, inherited_stamp),
    FIELD(FileHeader, malloc_from),
    FIELD(FileHeader, new_from),
    FIELD(FileHeader, lost_events),
    FIELD(FileHeader, stop_reason),
    FIELD(FileHeader, chunks_claimed),
    FIELD(FileHeader, streams),
    FIELD(FileHeader, lost_children),
    FIELD(FileHeader, reader_attached),
    FIELD(FileHeader, release_tail),
};

constexpr Field kChunkFields[] = {
    FIELD(ChunkHeader, magic),       FIELD(ChunkHeader, index),  FIELD(ChunkHeader, stream),
    FIELD(ChunkHeader, stream_seq),  FIELD(ChunkHeader, thread), FIELD(ChunkHeader, tid),
    FIELD(ChunkHeader, start_stamp), FIELD(ChunkHeader, flags),  FIELD(ChunkHeader, used),
    FIELD(ChunkHeader, state),
};

#undef FIELD

class Damage {
 public:
  Damage(std::vector<Image>& images, unsigned seed) : images_(images), random_(seed) {}

  void once() {
    if (images_.empty()) return;
    Image& image = images_[pick(images_.size())];
    if (image.empty()) return;
    switch (pick(12)) {
      case 0:
      case 1:
        return flip(any_piece(image));
      case 2:
        return put_edge(any_piece(image));
      case 3:
        return edit_field(image.front(), 0, std::begin(kFileFields), std::size(kFileFields));
      case 4:
        return edit_field(any_piece(image), 0, std::begin(kChunkFields), std::size(kChunkFields));
      case 5:
      case 6:
        return edit_record(any_piece(image));
      case 7:
        return drop_or_repeat_record(any_piece(image));
      case 8:
        return move_piece(image);
      case 9:
        return cut(any_piece(image));
      case 10:
        return exchange_bytes(any_piece(image), any_piece(image));
      default:
        return repeat_image();
    }
  }

  size_t pick(size_t below) { return below == 0 ? 0 : random_() % below; }

 private:
  uint64_t edge() {
    const uint64_t value = kEdges[pick(std::size(kEdges))];
    return pick(4) == 0 ? value + pick(16) - 8 : value;
  }

  Piece& any_piece(Image& image) { return image[pick(image.size())]; }

  void flip(Piece& piece) {
    if (piece.bytes.empty()) return;
    piece.bytes[pick(piece.bytes.size())] ^= static_cast<std::byte>(1U << pick(8));
  }

  void put(Piece& piece, size_t at, uint64_t value, size_t bytes) {
    if (at >= piece.bytes.size()) return;
    std::memcpy(piece.bytes.data() + at, &value,
                std::min({bytes, piece.bytes.size() - at, sizeof value}));
  }

  void put_edge(Piece& piece) {
    put(piece, pick(piece.bytes.size()), edge(), size_t{1} << pick(4));
  }

  void edit_field(Piece& piece, size_t base, const Field* fields, size_t count) {
    const Field& field = fields[pick(count)];
    put(piece, base + field.offset, edge(), field.bytes);
  }

  /// Where the records of a chunk begin within its piece, and where the last one ends; empty when
  /// the piece is no chunk from its start.
  std::vector<size_t> records_of(const Piece& piece) const {
    ChunkHeader header;
    if (piece.offset < kHeaderBytes || (piece.offset - kHeaderBytes) % kChunkBytes != 0 ||
        piece.bytes.size() <= sizeof header) {
      return {};
    }
    std::memcpy(&header, piece.bytes.data(), sizeof header);
    trace::RecordDecoder decoder(header, std::span(piece.bytes).subspan(sizeof header));
    trace::RecordVisitor nobody;
    std::vector<size_t> places = {decoder.position()};
    while (decoder.next(nobody)) places.push_back(decoder.position());
    return places;
  }

  void edit_record(Piece& piece) {
    const std::vector<size_t> places = records_of(piece);
    if (places.size() < 2) return put_edge(piece);
    const size_t which = pick(places.size() - 1);
    const size_t bytes = places[which + 1] - places[which];
    if (pick(3) == 0) {
      // Another tag, kind or length for what follows.
      put(piece, places[which], pick(2) == 0 ? random_() : pick(14) << 2 | (pick(64) * 2) << 8, 4);
    } else {
      put(piece, places[which] + 2 * pick(bytes / 2 + 1), edge(), size_t{1} << pick(4));
    }
  }

  void drop_or_repeat_record(Piece& piece) {
    const std::vector<size_t> places = records_of(piece);
    if (places.size() < 2) return flip(piece);
    const size_t which = pick(places.size() - 1);
    const auto at = [&](size_t place) { return piece.bytes.begin() + static_cast<long>(place); };
    const std::vector<std::byte> record(at(places[which]), at(places[which + 1]));
    if (pick(2) == 0) {
      piece.bytes.erase(at(places[which]), at(places[which + 1]));
    } else {
      piece.bytes.insert(at(places[pick(places.size())]), record.begin(), record.end());
    }
    set_used(piece);
  }

  /// The chunk ends where its bytes do, as it did before.
  void set_used(Piece& piece) {
    put(piece, offsetof(ChunkHeader, used), piece.bytes.size(), sizeof(uint32_t));
  }

  /// A chunk in the place of another, twice in the file, or off its place.
  void move_piece(Image& image) {
    Piece piece = any_piece(image);
    const size_t chunk = pick(8);
    piece.offset =
        static_cast<uint32_t>(kHeaderBytes + chunk * kChunkBytes + (pick(4) == 0 ? pick(64) : 0));
    image.push_back(std::move(piece));
    if (pick(2) == 0)
      put(image.front(), offsetof(FileHeader, chunks_claimed), chunk + 1, sizeof(uint32_t));
  }

  void cut(Piece& piece) { piece.bytes.resize(pick(piece.bytes.size() + 1)); }

  void exchange_bytes(Piece& from, Piece& to) {
    if (from.bytes.empty() || to.bytes.empty()) return;
    const size_t source = pick(from.bytes.size());
    const size_t target = pick(to.bytes.size());
    const size_t bytes =
        std::min({pick(256), from.bytes.size() - source, to.bytes.size() - target});
    const auto begin = from.bytes.begin() + static_cast<long>(source);
    const std::vector<std::byte> taken(begin, begin + static_cast<long>(bytes));
    std::copy(taken.begin(), taken.end(), to.bytes.begin() + static_cast<long>(target));
  }

  /// The same image twice, now and then as its own parent or child.
  void repeat_image() {
    Image copy = images_[pick(images_.size())];
    if (!copy.empty()) {
      Piece& header = copy.front();
      if (pick(2) == 0) edit_field(header, 0, std::begin(kFileFields), std::size(kFileFields));
      if (pick(2) == 0) {
        put(header, offsetof(FileHeader, parent_link), 1 + pick(2), sizeof(uint32_t));
        uint64_t id = 0;
        if (header.bytes.size() >= offsetof(FileHeader, trace_id) + sizeof id) {
          std::memcpy(&id, header.bytes.data() + offsetof(FileHeader, trace_id), sizeof id);
        }
        put(header, offsetof(FileHeader, parent_id), id, sizeof id);
      }
    }
    images_.push_back(std::move(copy));
    if (pick(2) == 0) images_.erase(images_.begin());
  }

  std::vector<Image>& images_;
  std::mt19937_64 random_;
};

}  // namespace

void damage(std::vector<Image>& images, unsigned seed) {
  Damage damage(images, seed);
  for (size_t times = 1 + damage.pick(4); times > 0; --times) damage.once();
}

}  // namespace memprof::fuzz
