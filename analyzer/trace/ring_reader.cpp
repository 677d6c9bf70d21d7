#include "analyzer/trace/ring_reader.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#include "analyzer/trace/chunk_header.h"

namespace memprof::trace {

using format::ChunkHeader;
using format::ChunkState;
using format::FileHeader;
using format::kChunkBytes;
using format::kHeaderBytes;
using format::kReleaseSlots;

namespace {

constexpr size_t kMappedBytes = format::kStringsOffset;  // the header's fields and the ring

/// Chunks that are compressed and written together: 4 MiB.
constexpr size_t kBatchChunks = 32;

/// Chunks from here on came when the recorder was faster than we for a while; their place goes back
/// to the disk when they are given back.
constexpr uint32_t kKeptChunks = 256;

constexpr std::pair kNothing{UINT32_MAX, UINT32_MAX};

off_t chunk_offset(uint32_t index) {
  return static_cast<off_t>(kHeaderBytes + uint64_t{index} * kChunkBytes);
}

bool read_whole(int fd, void* into, size_t bytes, off_t offset) {
  return ::pread(fd, into, bytes, offset) == static_cast<ssize_t>(bytes);
}

bool free_blocks(int fd, uint32_t index) {
  return ::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, chunk_offset(index),
                     kChunkBytes) == 0;
}

}  // namespace

/// The header and the ring, mapped for writing.
struct RingReader::Mapping {
  int fd;
  FileHeader* header = nullptr;

  explicit Mapping(const std::string& path)
      : fd(::open(path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)) {
    // The recorder has left the ring a hole. Where there is no block for it, a store would raise
    // SIGBUS.
    if (fd < 0 || ::fallocate(fd, 0, 0, kMappedBytes) != 0) return;
    void* address = ::mmap(nullptr, kMappedBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (address != MAP_FAILED) header = static_cast<FileHeader*>(address);
  }
  ~Mapping() {
    if (header != nullptr) ::munmap(header, kMappedBytes);
    if (fd >= 0) ::close(fd);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  uint32_t* ring() const {
    return reinterpret_cast<uint32_t*>(reinterpret_cast<char*>(header) +
                                       format::kReleaseRingOffset);
  }
  uint32_t tail() const {
    return std::atomic_ref<uint32_t>(header->release_tail).load(std::memory_order_relaxed);
  }
  uint32_t waiting() const {
    return tail() - std::atomic_ref<uint32_t>(header->release_head).load(std::memory_order_acquire);
  }
};

RingReader::RingReader(std::string path)
    : path_(std::move(path)),
      fd_(::open(path_.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)) {}

RingReader::~RingReader() {
  if (fd_ >= 0) ::close(fd_);
}

bool RingReader::read_header(FileHeader& header) {
  return fd_ >= 0 && read_whole(fd_, &header, sizeof header, 0) &&
         header.magic == format::kFileMagic && header.version == format::kVersion &&
         header.chunk_bytes == kChunkBytes && header.header_bytes == kHeaderBytes;
}

bool RingReader::wants_drain() {
  FileHeader header{};
  if (failed_ || !read_header(header)) return false;
  return header.chunks_claimed - (header.release_tail - header.release_head) >= kDrainFrom;
}

/// Whether the chunk is full and has not been taken out; `bytes` then is all of it.
///
/// Its writer may begin to use a chunk again while we look: it clears the magic first and sets it
/// last, after the state. A header that is the same twice, with a magic and full, was so at the
/// time of the first look, and stays so until we give it back.
bool RingReader::read_full(uint32_t index, std::vector<std::byte>& bytes) const {
  ChunkHeader header{};
  ChunkHeader again{};
  if (!read_whole(fd_, &header, sizeof header, chunk_offset(index)) ||
      judge(header) != Verdict::kGood || header.state != static_cast<uint32_t>(ChunkState::kFull) ||
      last_[index] == std::pair(header.stream, header.stream_seq) ||
      !read_whole(fd_, &again, sizeof again, chunk_offset(index)) ||
      std::memcmp(&header, &again, sizeof header) != 0) {
    return false;
  }
  bytes.resize(header.used);
  return read_whole(fd_, bytes.data(), bytes.size(), chunk_offset(index));
}

void RingReader::drain() {
  FileHeader header{};
  if (failed_ || !read_header(header)) return;
  Mapping mapping(path_);
  if (mapping.header == nullptr) {
    failed_ = true;
    return;
  }
  if (!attached_) {
    uint32_t nobody = 0;
    drained_ = std::make_unique<DrainedWriter>(drained_path(path_), header.trace_id);
    failed_ =
        !drained_->ok() || !std::atomic_ref<uint32_t>(mapping.header->reader_attached)
                                .compare_exchange_strong(nobody, 1, std::memory_order_acq_rel);
    if (failed_) return;
    attached_ = true;
  }
  const uint32_t claimed = header.chunks_claimed;
  if (last_.size() < claimed) last_.resize(claimed, kNothing);
  std::vector<Full> batch;
  for (uint32_t index = 0; index < claimed; ++index) {
    if (mapping.waiting() + batch.size() >= kReleaseSlots) break;
    Full full{index, {}};
    if (!read_full(index, full.bytes)) continue;
    batch.push_back(std::move(full));
    if (batch.size() == kBatchChunks && !store(batch, mapping)) return;
  }
  store(batch, mapping);
}

bool RingReader::store(std::vector<Full>& batch, Mapping& mapping) {
  std::vector<WholeChunk> chunks(batch.size());
  std::transform(batch.begin(), batch.end(), chunks.begin(),
                 [](const Full& full) { return WholeChunk(full.bytes); });
  failed_ = !drained_->append(chunks);
  if (failed_) return false;
  for (const Full& full : batch) {
    ChunkHeader header{};
    std::memcpy(&header, full.bytes.data(), sizeof header);
    last_[full.index] = {header.stream, header.stream_seq};
    give_back(full.index, mapping);
  }
  batch.clear();
  return true;
}

void RingReader::give_back(uint32_t index, Mapping& mapping) {
  const auto released = static_cast<uint32_t>(ChunkState::kReleased);
  const bool freed = index >= kKeptChunks && free_blocks(mapping.fd, index);
  const off_t state = chunk_offset(index) + static_cast<off_t>(offsetof(ChunkHeader, state));
  // For readers of the trace only: the recorder does not look at it.
  if (!freed && ::pwrite(mapping.fd, &released, sizeof released, state) < 0) return;
  const uint32_t tail = mapping.tail();
  mapping.ring()[tail % kReleaseSlots] = index;
  std::atomic_ref<uint32_t>(mapping.header->release_tail)
      .store(tail + 1, std::memory_order_release);
}

void RingReader::finish() {
  if (!attached_) return;
  const Mapping mapping(path_);
  if (mapping.header == nullptr) return;
  const uint32_t tail = mapping.tail();
  for (uint32_t left = std::min(mapping.waiting(), kReleaseSlots); left > 0; --left)
    free_blocks(mapping.fd, mapping.ring()[(tail - left) % kReleaseSlots]);
}

}  // namespace memprof::trace
