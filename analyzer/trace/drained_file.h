// The drained file: chunks that a reader took out of a trace while its process ran, so that the
// recorder could use their place again (preload/format/README.md, "The ring"). It stands beside the
// trace, "X.mtrace.drained" beside "X.mtrace", and belongs to it: TraceFile reads both as one.
//
//     file  = header entry*
//     entry = magic32 stored32 ChunkHeader zstd-frame     the frame: the chunk's records, checksum
//     at its end
//
// An entry is complete before its chunk is given back. So one that is cut off at the file's end
// (the reader was killed) is no loss: the chunk is in the trace still.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "analyzer/trace/byte_source.h"
#include "preload/format/trace_format.h"

namespace memprof::trace {

inline constexpr char kDrainedSuffix[] = ".drained";

/// Path of the drained file of the trace at `trace_path`.
std::string drained_path(const std::string& trace_path);

/// A chunk in a drained file.
struct DrainedChunk {
  format::ChunkHeader header;  ///< checked as far as it can be without its records
  uint64_t offset;             ///< of the frame
  uint32_t stored_bytes;       ///< of the frame, > 0
};

struct DrainedChunks {
  std::vector<DrainedChunk> chunks;  ///< in the order they were written
  uint64_t damaged_bytes = 0;        ///< that cannot be read and are no entry cut off
};

/// What the file says it holds. A file of another trace or version, and what follows an entry that
/// makes no sense, is damage.
DrainedChunks read_drained(const ByteSource& file, uint64_t trace_id);

/// The chunk's records, in `buffer`; empty when they are cut off or damaged. Valid until `buffer`
/// changes. Thread-safe, with a buffer per thread.
std::span<const std::byte> read_drained_records(const ByteSource& file, const DrainedChunk& chunk,
                                                std::vector<std::byte>& buffer);

/// A full chunk as its writer left it: the header and, behind it, the records.
using WholeChunk = std::span<const std::byte>;

/// Writes a drained file. Not thread-safe; `append` compresses with all threads there are.
class DrainedWriter {
 public:
  /// Makes the file, replacing what is there. Check ok().
  DrainedWriter(const std::string& path, uint64_t trace_id);
  ~DrainedWriter();
  DrainedWriter(const DrainedWriter&) = delete;
  DrainedWriter& operator=(const DrainedWriter&) = delete;

  bool ok() const { return fd_ >= 0; }

  /// Appends the chunks, all or none. After false (a full disk) nothing more can be appended, and
  /// the file is as it was before.
  bool append(std::span<const WholeChunk> chunks);

 private:
  bool write(std::span<const std::byte> bytes);

  int fd_ = -1;
  uint64_t end_ = 0;
};

}  // namespace memprof::trace
