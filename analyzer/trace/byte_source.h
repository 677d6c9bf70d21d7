#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace memprof::trace {

/// Bytes that can be read at any offset: an open regular file or a buffer in memory.
///
/// A file is read with pread, chunk by chunk, and not mapped: a mapping of a file that someone cuts
/// off meanwhile ends the analyzer with SIGBUS, and a run's files together may be larger than the
/// address space we are allowed. Reading costs one copy of 128 KiB into a warm buffer, a few
/// percent of decoding it.
///
/// Reads are thread-safe.
class ByteSource {
 public:
  /// Throws Error when `path` cannot be opened or is no regular file. Never blocks on a FIFO or
  /// device.
  static ByteSource open(const std::string& path);
  /// A view: `bytes` must outlive the source.
  static ByteSource view(std::span<const std::byte> bytes);

  ByteSource(ByteSource&& other) noexcept;
  ByteSource& operator=(ByteSource&& other) noexcept;
  ~ByteSource();

  /// Its size in bytes when it was opened.
  uint64_t size() const { return size_; }

  /// Whether both are the same file on disk (or the same memory).
  bool same_as(const ByteSource& other) const;

  /// Up to `bytes` from `offset`; fewer at the end or on a read error. The result points into
  /// `buffer`, or into the memory viewed.
  std::span<const std::byte> read(uint64_t offset, size_t bytes,
                                  std::vector<std::byte>& buffer) const;

  /// The first offset from `offset` on that may hold anything but zeros; size() when there is none.
  /// Where the file system does not tell, that is `offset`.
  uint64_t data_from(uint64_t offset) const;

  /// Closes the file; size and identity stay known.
  void close();

 private:
  ByteSource() = default;

  int fd_ = -1;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  std::span<const std::byte> memory_;
  uint64_t size_ = 0;
};

}  // namespace memprof::trace
