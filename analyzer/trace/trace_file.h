#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "preload/format/trace_format.h"

namespace memprof::trace {

/// What a file's header says of its process image.
struct Identity {
  uint64_t trace_id = 0;
  uint64_t parent_id = 0;
  format::ParentLink parent_link = format::ParentLink::kNone;
  uint32_t env_parent_pid = 0;
  uint64_t run_id = 0;
  uint32_t pid = 0;
  uint32_t ppid = 0;
  uint64_t start_unix_ns = 0;
  format::StampSource stamp_source = format::StampSource::kTsc;
  format::ClockPair start{};
  format::ClockPair calibration{};
  std::string exe;
  std::vector<std::string> argv;
  bool argv_cut = false;
  std::string cwd;
  std::string
      malloc_from;       ///< object whose malloc the program got instead of the recorder's, or ""
  std::string new_from;  ///< object whose operator new passes the recorder by, or ""
};

/// One chunk that holds committed records; ChunkReader reads them.
struct Chunk {
  format::ChunkHeader header;  ///< a copy; header.used is checked
  uint64_t offset;             ///< of the chunk in the file
  uint32_t stored_bytes;       ///< > 0: the chunk is in the drained file, and `offset`, too

  uint32_t record_bytes() const {
    return header.used - static_cast<uint32_t>(sizeof(format::ChunkHeader));
  }
};

/// A trace file, checked, with the drained file beside it (drained_file.h) where there is one. Any
/// prefix of a file whose header is whole opens; what is missing or
/// damaged is counted, never fatal. The file may still be written: what is committed at opening is
/// read. Only the chunks' headers are kept in memory and no descriptor stays open, so a run of
/// thousands of files is fine.
class TraceFile {
 public:
  /// Throws Error (exit 3) naming the path when it cannot be read, is no trace or is of another
  /// version.
  static TraceFile open(const std::string& path);

  /// The same for bytes in memory (tests, fuzzing). `name` is used in messages; `drained` is the
  /// drained file's, empty where there is none.
  static TraceFile from_bytes(std::vector<std::byte> bytes, const std::string& name,
                              std::vector<std::byte> drained = {});

  TraceFile(TraceFile&&) noexcept;
  TraceFile& operator=(TraceFile&&) noexcept;
  ~TraceFile();

  const std::string& path() const;
  const Identity& identity() const;

  /// Grouped by stream, each stream in the order of stream_seq, without duplicates.
  const std::vector<Chunk>& chunks() const;

  uint64_t lost_events() const;
  uint32_t lost_children() const;  ///< forked children that could not begin a file of their own
  format::StopReason stop_reason() const;
  uint64_t damaged_bytes() const;   ///< bytes claimed by chunks that are cut off or make no sense
  uint64_t missing_chunks() const;  ///< gaps in the streams' numbering

 private:
  friend class ChunkReader;
  struct Impl;
  explicit TraceFile(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Reads the records of a file's chunks; holds the file open as long as it lives. The TraceFile
/// must outlive it. Thread-safe, with a buffer per thread.
class ChunkReader {
 public:
  /// Throws Error when the file is gone or is not the one that was opened.
  explicit ChunkReader(const TraceFile& file);
  ChunkReader(ChunkReader&&) noexcept;
  ~ChunkReader();

  /// The chunk's records (chunk.record_bytes() of them, fewer when the file was cut off or the
  /// chunk taken by its writer since opening). Valid until `buffer` changes.
  std::span<const std::byte> read(const Chunk& chunk, std::vector<std::byte>& buffer) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace memprof::trace
