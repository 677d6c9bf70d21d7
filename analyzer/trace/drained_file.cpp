#include "analyzer/trace/drained_file.h"

#include <fcntl.h>
#include <tbb/parallel_for.h>
#include <unistd.h>
#include <zstd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "analyzer/trace/chunk_header.h"

namespace memprof::trace {

using format::ChunkHeader;
using format::kChunkBytes;

namespace {

constexpr uint64_t kDrainedMagic = 0x1a4e524450454d4dULL;  // "MMEPDRN\x1a", little-endian
constexpr uint32_t kDrainedVersion = 1;
constexpr uint32_t kEntryMagic = 0x4544504d;  // "MPDE"

// The fastest of the regular levels: it has to keep up with the recorder of a program that does
// nothing but allocate.
constexpr int kLevel = 1;

struct FileStart {
  uint64_t magic;
  uint32_t version;
  uint32_t reserved;
  uint64_t trace_id;
};

struct Entry {
  uint32_t magic;
  uint32_t stored_bytes;
  ChunkHeader header;
};
static_assert(sizeof(Entry) == 8 + sizeof(ChunkHeader));

struct FreeDecompressor {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};
struct FreeCompressor {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

ZSTD_DCtx* decompressor() {
  thread_local const std::unique_ptr<ZSTD_DCtx, FreeDecompressor> context(ZSTD_createDCtx());
  return context.get();
}

/// The entry of a chunk, or nothing when it cannot be compressed.
std::vector<std::byte> pack(WholeChunk chunk) {
  thread_local const std::unique_ptr<ZSTD_CCtx, FreeCompressor> context(ZSTD_createCCtx());
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kLevel);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  const WholeChunk records = chunk.subspan(sizeof(ChunkHeader));
  std::vector<std::byte> bytes(sizeof(Entry) + ZSTD_compressBound(records.size()));
  const size_t stored =
      ZSTD_compress2(context.get(), bytes.data() + sizeof(Entry), bytes.size() - sizeof(Entry),
                     records.data(), records.size());
  if (ZSTD_isError(stored) != 0) return {};
  Entry entry{kEntryMagic, static_cast<uint32_t>(stored), {}};
  std::memcpy(&entry.header, chunk.data(), sizeof entry.header);
  std::memcpy(bytes.data(), &entry, sizeof entry);
  bytes.resize(sizeof entry + stored);
  return bytes;
}

}  // namespace

std::string drained_path(const std::string& trace_path) {
  return trace_path + kDrainedSuffix;
}

DrainedChunks read_drained(const ByteSource& file, uint64_t trace_id) {
  DrainedChunks result;
  std::vector<std::byte> buffer;
  FileStart start{};
  auto bytes = file.read(0, sizeof start, buffer);
  if (bytes.size() < sizeof start) return result;
  std::memcpy(&start, bytes.data(), sizeof start);
  if (start.magic != kDrainedMagic || start.version != kDrainedVersion ||
      start.trace_id != trace_id) {
    result.damaged_bytes = file.size();
    return result;
  }
  for (uint64_t at = sizeof start;;) {
    Entry entry{};
    bytes = file.read(at, sizeof entry, buffer);
    if (bytes.size() < sizeof entry) return result;
    std::memcpy(&entry, bytes.data(), sizeof entry);
    const bool valid = entry.magic == kEntryMagic && entry.stored_bytes != 0 &&
                       entry.stored_bytes <= ZSTD_compressBound(kChunkBytes) &&
                       judge(entry.header) == Verdict::kGood;
    if (!valid) {
      result.damaged_bytes += file.size() > at ? file.size() - at : 0;
      return result;
    }
    at += sizeof entry;
    if (at + entry.stored_bytes > file.size()) return result;
    result.chunks.push_back({entry.header, at, entry.stored_bytes});
    at += entry.stored_bytes;
  }
}

std::span<const std::byte> read_drained_records(const ByteSource& file, const DrainedChunk& chunk,
                                                std::vector<std::byte>& buffer) {
  // The records go behind the frame they come from.
  const size_t expected = chunk.header.used - sizeof(ChunkHeader);
  buffer.resize(std::max<size_t>(buffer.size(), chunk.stored_bytes + expected));
  const auto frame = file.read(chunk.offset, chunk.stored_bytes, buffer);
  if (frame.size() < chunk.stored_bytes || decompressor() == nullptr) return {};
  std::byte* records = buffer.data() + chunk.stored_bytes;
  const size_t bytes =
      ZSTD_decompressDCtx(decompressor(), records, expected, frame.data(), frame.size());
  if (bytes != expected) return {};  // An error is a number larger than any size.
  return {records, bytes};
}

DrainedWriter::DrainedWriter(const std::string& path, uint64_t trace_id)
    : fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600)) {
  const FileStart start{kDrainedMagic, kDrainedVersion, 0, trace_id};
  if (fd_ >= 0) write(std::as_bytes(std::span(&start, 1)));
}

DrainedWriter::~DrainedWriter() {
  if (fd_ >= 0) ::close(fd_);
}

bool DrainedWriter::append(std::span<const WholeChunk> chunks) {
  std::vector<std::vector<std::byte>> packed(chunks.size());
  tbb::parallel_for(size_t{0}, chunks.size(), [&](size_t i) { packed[i] = pack(chunks[i]); });
  std::vector<std::byte> all;
  for (const std::vector<std::byte>& entry : packed) {
    if (entry.empty()) return false;
    all.insert(all.end(), entry.begin(), entry.end());
  }
  return write(all);
}

bool DrainedWriter::write(std::span<const std::byte> bytes) {
  size_t done = 0;
  while (fd_ >= 0 && done < bytes.size()) {
    const ssize_t written =
        ::pwrite(fd_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(end_ + done));
    if (written < 0 && errno == EINTR) continue;
    if (written > 0) {
      done += static_cast<size_t>(written);
      continue;
    }
    // What cannot be cut off again is read as an entry that is cut off.
    if (::ftruncate(fd_, static_cast<off_t>(end_)) != 0) errno = 0;
    ::close(fd_);
    fd_ = -1;
  }
  if (fd_ < 0) return false;
  end_ += bytes.size();
  return true;
}

}  // namespace memprof::trace
