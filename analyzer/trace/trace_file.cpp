#include "analyzer/trace/trace_file.h"

#include <algorithm>
#include <cstring>
#include <tuple>
#include <utility>

#include "analyzer/base/error.h"
#include "analyzer/trace/byte_source.h"
#include "analyzer/trace/file_header.h"

namespace memprof::trace {

using format::ChunkHeader;
using format::kChunkBytes;
using format::kHeaderBytes;

struct TraceFile::Impl {
  std::string path;
  std::vector<std::byte> bytes;  ///< of a file in memory
  bool in_memory = false;
  ByteSource source;  ///< closed after the chunks are gathered
  format::FileHeader header{};
  Identity identity;
  std::vector<Chunk> chunks;
  uint64_t damaged_bytes = 0;
  uint64_t missing_chunks = 0;
};

struct ChunkReader::Impl {
  ByteSource source;
};

namespace {

enum class Verdict { kUnused, kDamaged, kGood };

Verdict judge(const ChunkHeader& header) {
  // The magic is stored last: a chunk without it was claimed, and nothing was committed to it.
  if (header.magic == 0) return Verdict::kUnused;
  const bool valid = header.magic == format::kChunkMagic && header.used >= sizeof(ChunkHeader) &&
                     header.used <= kChunkBytes && header.used % 2 == 0 &&
                     header.state <= static_cast<uint32_t>(format::ChunkState::kReleased);
  return valid ? Verdict::kGood : Verdict::kDamaged;
}

auto place_in_stream(const Chunk& chunk) {
  return std::pair(chunk.header.stream, chunk.header.stream_seq);
}

/// The claimed chunks of the file that hold records, in the order of their place, and the bytes
/// that are lost.
struct Gathered {
  std::vector<Chunk> chunks;
  uint64_t damaged_bytes = 0;
};

Gathered gather(const ByteSource& source, uint32_t claimed) {
  Gathered result;
  const uint64_t body = source.size() - kHeaderBytes;
  const uint64_t present = std::min<uint64_t>(claimed, (body + kChunkBytes - 1) / kChunkBytes);
  result.damaged_bytes = (claimed - present) * kChunkBytes;
  std::vector<std::byte> buffer;
  for (uint64_t index = 0; index < present; ++index) {
    // Where nothing was ever written nothing was committed; a file may be terabytes of that.
    const uint64_t data = source.data_from(kHeaderBytes + index * kChunkBytes);
    index = std::max(index, (data - kHeaderBytes) / kChunkBytes);
    if (index >= present) break;
    Chunk chunk{{}, kHeaderBytes + index * kChunkBytes};
    const uint64_t available = std::min<uint64_t>(kChunkBytes, source.size() - chunk.offset);
    const auto header = source.read(chunk.offset, sizeof chunk.header, buffer);
    if (header.size() < sizeof chunk.header) {
      result.damaged_bytes += available;
      continue;
    }
    std::memcpy(&chunk.header, header.data(), sizeof chunk.header);
    const Verdict verdict = judge(chunk.header);
    if (verdict == Verdict::kDamaged) result.damaged_bytes += available;
    if (verdict != Verdict::kGood) continue;
    if (chunk.header.used > available) {
      result.damaged_bytes += chunk.header.used - available;
      chunk.header.used = static_cast<uint32_t>(available);
    }
    result.chunks.push_back(chunk);
  }
  return result;
}

/// Puts the streams in order. A ring that was copied while it turned may hold a chunk twice: the
/// fuller copy has all that the other has.
void order(std::vector<Chunk>& chunks) {
  std::sort(chunks.begin(), chunks.end(), [](const Chunk& a, const Chunk& b) {
    return std::tuple(place_in_stream(a), b.header.used, a.offset) <
           std::tuple(place_in_stream(b), a.header.used, b.offset);
  });
  const auto same_place = [](const Chunk& a, const Chunk& b) {
    return place_in_stream(a) == place_in_stream(b);
  };
  chunks.erase(std::unique(chunks.begin(), chunks.end(), same_place), chunks.end());
}

uint64_t count_gaps(const std::vector<Chunk>& chunks) {
  uint64_t missing = 0;
  for (size_t i = 0; i < chunks.size(); ++i) {
    const bool first = i == 0 || chunks[i - 1].header.stream != chunks[i].header.stream;
    const uint64_t expected = first ? 0 : uint64_t{chunks[i - 1].header.stream_seq} + 1;
    missing += chunks[i].header.stream_seq - expected;
  }
  return missing;
}

}  // namespace

TraceFile::TraceFile(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {
  std::vector<std::byte> buffer;
  const CheckedHeader checked =
      check_header(impl_->source.read(0, kHeaderBytes, buffer), impl_->path);
  impl_->header = checked.fields;
  impl_->identity = checked.identity;
  Gathered gathered = gather(impl_->source, impl_->header.chunks_claimed);
  order(gathered.chunks);
  impl_->missing_chunks = count_gaps(gathered.chunks);
  impl_->chunks = std::move(gathered.chunks);
  impl_->damaged_bytes = gathered.damaged_bytes;
  impl_->source.close();
}

TraceFile TraceFile::open(const std::string& path) {
  return TraceFile(
      std::make_unique<Impl>(Impl{path, {}, false, ByteSource::open(path), {}, {}, {}}));
}

TraceFile TraceFile::from_bytes(std::vector<std::byte> bytes, const std::string& name) {
  auto impl =
      std::make_unique<Impl>(Impl{name, std::move(bytes), true, ByteSource::view({}), {}, {}, {}});
  impl->source = ByteSource::view(impl->bytes);
  return TraceFile(std::move(impl));
}

TraceFile::TraceFile(TraceFile&&) noexcept = default;
TraceFile& TraceFile::operator=(TraceFile&&) noexcept = default;
TraceFile::~TraceFile() = default;

const std::string& TraceFile::path() const {
  return impl_->path;
}
const Identity& TraceFile::identity() const {
  return impl_->identity;
}
const std::vector<Chunk>& TraceFile::chunks() const {
  return impl_->chunks;
}
uint32_t TraceFile::lost_children() const {
  return impl_->header.lost_children;
}

uint64_t TraceFile::lost_events() const {
  return impl_->header.lost_events;
}
uint64_t TraceFile::damaged_bytes() const {
  return impl_->damaged_bytes;
}
uint64_t TraceFile::missing_chunks() const {
  return impl_->missing_chunks;
}

format::StopReason TraceFile::stop_reason() const {
  return static_cast<format::StopReason>(impl_->header.stop_reason);
}

ChunkReader::ChunkReader(const TraceFile& file) {
  const TraceFile::Impl& opened = *file.impl_;
  if (opened.in_memory) {
    impl_ = std::make_unique<Impl>(Impl{ByteSource::view(opened.bytes)});
    return;
  }
  impl_ = std::make_unique<Impl>(Impl{ByteSource::open(opened.path)});
  if (!impl_->source.same_as(opened.source)) {
    throw Error("cannot read trace: " + opened.path + ": another file took its place");
  }
}

ChunkReader::ChunkReader(ChunkReader&&) noexcept = default;
ChunkReader::~ChunkReader() = default;

std::span<const std::byte> ChunkReader::read(const Chunk& chunk,
                                             std::vector<std::byte>& buffer) const {
  const auto bytes = impl_->source.read(chunk.offset, chunk.header.used, buffer);
  ChunkHeader now{};
  if (bytes.size() < sizeof now) return {};
  std::memcpy(&now, bytes.data(), sizeof now);
  const bool same = now.stream == chunk.header.stream && now.stream_seq == chunk.header.stream_seq;
  return same ? bytes.subspan(sizeof now) : std::span<const std::byte>{};
}

}  // namespace memprof::trace
