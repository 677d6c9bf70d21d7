#include "analyzer/trace/trace_file.h"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <optional>
#include <tuple>
#include <utility>

#include "analyzer/base/error.h"
#include "analyzer/trace/byte_source.h"
#include "analyzer/trace/chunk_header.h"
#include "analyzer/trace/drained_file.h"
#include "analyzer/trace/file_header.h"

namespace memprof::trace {

using format::ChunkHeader;
using format::kChunkBytes;
using format::kHeaderBytes;

struct TraceFile::Impl {
  std::string path;
  std::vector<std::byte> bytes;  ///< of a file in memory
  std::vector<std::byte> drained_bytes;
  bool in_memory = false;
  ByteSource source = ByteSource::view({});  ///< closed after the chunks are gathered
  std::optional<ByteSource> drained;         ///< the same; nothing where there is no drained file
  format::FileHeader header{};
  Identity identity;
  std::vector<Chunk> chunks;
  uint64_t damaged_bytes = 0;
  uint64_t missing_chunks = 0;
};

struct ChunkReader::Impl {
  ByteSource source = ByteSource::view({});
  std::optional<ByteSource> drained;
  std::string drained_later;  ///< path of the file to look into for chunks taken out since opening
  uint64_t trace_id = 0;
  std::mutex mutex;  ///< of the two below
  std::optional<ByteSource> later;
  std::vector<DrainedChunk> later_chunks;

  std::span<const std::byte> read_later(const Chunk& chunk, std::vector<std::byte>& buffer);
};

namespace {

/// Looks again this often when a file that is being drained has gaps: a chunk may have changed its
/// place between two looks.
constexpr int kGatherTries = 3;

std::optional<ByteSource> open_drained(const std::string& trace_path) {
  const std::string path = drained_path(trace_path);
  if (::access(path.c_str(), F_OK) != 0) return std::nullopt;
  return ByteSource::open(path);
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
    Chunk chunk{{}, kHeaderBytes + index * kChunkBytes, 0};
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

void add_drained(const ByteSource& file, uint64_t trace_id, Gathered& gathered) {
  const DrainedChunks drained = read_drained(file, trace_id);
  for (const DrainedChunk& chunk : drained.chunks)
    gathered.chunks.push_back({chunk.header, chunk.offset, chunk.stored_bytes});
  gathered.damaged_bytes += drained.damaged_bytes;
}

/// Puts the streams in order. A chunk that was taken out is in its old place, too, until that is
/// used again, and a file that was copied meanwhile may hold one twice: the fuller copy has all
/// that the other has, and one taken out does not change any more.
void order(std::vector<Chunk>& chunks) {
  std::sort(chunks.begin(), chunks.end(), [](const Chunk& a, const Chunk& b) {
    return std::tuple(place_in_stream(a), b.header.used, b.stored_bytes != 0, a.offset) <
           std::tuple(place_in_stream(b), a.header.used, a.stored_bytes != 0, b.offset);
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
  for (int tries = kGatherTries; tries > 0; --tries) {
    std::vector<std::byte> buffer;
    const CheckedHeader checked =
        check_header(impl_->source.read(0, kHeaderBytes, buffer), impl_->path);
    impl_->header = checked.fields;
    impl_->identity = checked.identity;
    Gathered gathered = gather(impl_->source, impl_->header.chunks_claimed);
    // Afterwards: what has left its place meanwhile is there.
    if (!impl_->in_memory) impl_->drained = open_drained(impl_->path);
    if (impl_->drained) add_drained(*impl_->drained, impl_->identity.trace_id, gathered);
    order(gathered.chunks);
    impl_->missing_chunks = count_gaps(gathered.chunks);
    impl_->chunks = std::move(gathered.chunks);
    impl_->damaged_bytes = gathered.damaged_bytes;
    if (impl_->missing_chunks == 0 || impl_->header.reader_attached == 0) break;
  }
  impl_->source.close();
  if (impl_->drained) impl_->drained->close();
}

TraceFile TraceFile::open(const std::string& path) {
  auto impl = std::make_unique<Impl>();
  impl->path = path;
  impl->source = ByteSource::open(path);
  return TraceFile(std::move(impl));
}

TraceFile TraceFile::from_bytes(std::vector<std::byte> bytes, const std::string& name,
                                std::vector<std::byte> drained) {
  auto impl = std::make_unique<Impl>();
  impl->path = name;
  impl->bytes = std::move(bytes);
  impl->drained_bytes = std::move(drained);
  impl->in_memory = true;
  impl->source = ByteSource::view(impl->bytes);
  if (!impl->drained_bytes.empty()) impl->drained = ByteSource::view(impl->drained_bytes);
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

ChunkReader::ChunkReader(const TraceFile& file) : impl_(std::make_unique<Impl>()) {
  const TraceFile::Impl& opened = *file.impl_;
  impl_->trace_id = opened.identity.trace_id;
  if (opened.in_memory) {
    impl_->source = ByteSource::view(opened.bytes);
    impl_->drained = ByteSource::view(opened.drained_bytes);
    return;
  }
  const auto reopen = [&](const std::string& path, const ByteSource& before) {
    ByteSource now = ByteSource::open(path);
    if (now.same_as(before)) return now;
    throw Error("cannot read trace: " + path + ": another file took its place");
  };
  impl_->source = reopen(opened.path, opened.source);
  if (opened.drained) impl_->drained = reopen(drained_path(opened.path), *opened.drained);
  if (opened.header.reader_attached != 0) impl_->drained_later = opened.path;
}

ChunkReader::ChunkReader(ChunkReader&&) noexcept = default;
ChunkReader::~ChunkReader() = default;

/// A chunk whose place has been used again since the file was opened.
std::span<const std::byte> ChunkReader::Impl::read_later(const Chunk& chunk,
                                                         std::vector<std::byte>& buffer) {
  const std::lock_guard lock(mutex);
  const auto find = [&] {
    return std::find_if(later_chunks.begin(), later_chunks.end(), [&](const DrainedChunk& other) {
      return other.header.stream == chunk.header.stream &&
             other.header.stream_seq == chunk.header.stream_seq;
    });
  };
  auto found = find();
  if (found == later_chunks.end()) {
    later = open_drained(drained_later);
    if (!later) return {};
    later_chunks = read_drained(*later, trace_id).chunks;
    found = find();
  }
  if (found == later_chunks.end()) return {};
  const auto records = read_drained_records(*later, *found, buffer);
  return records.first(std::min<size_t>(records.size(), chunk.record_bytes()));
}

std::span<const std::byte> ChunkReader::read(const Chunk& chunk,
                                             std::vector<std::byte>& buffer) const {
  if (chunk.stored_bytes != 0) {
    return read_drained_records(*impl_->drained, {chunk.header, chunk.offset, chunk.stored_bytes},
                                buffer);
  }
  const auto bytes = impl_->source.read(chunk.offset, chunk.header.used, buffer);
  ChunkHeader now{};
  if (bytes.size() >= sizeof now) {
    std::memcpy(&now, bytes.data(), sizeof now);
    const bool same = now.magic == format::kChunkMagic && now.stream == chunk.header.stream &&
                      now.stream_seq == chunk.header.stream_seq;
    if (same) return bytes.subspan(sizeof now);
  }
  return impl_->drained_later.empty() ? std::span<const std::byte>{}
                                      : impl_->read_later(chunk, buffer);
}

}  // namespace memprof::trace
