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
  format::ClockPair start{};
  format::ClockPair calibration{};
  std::string exe;
  std::vector<std::string> argv;
  bool argv_cut = false;
  std::string cwd;
};

/// One chunk that holds committed records.
struct Chunk {
  format::ChunkHeader header;           ///< a copy; header.used is checked
  std::span<const std::byte> records;   ///< after the header, as far as committed
};

/// A trace file, mapped and checked. Any prefix of a file whose header is whole opens; what is missing or
/// damaged is counted, never fatal. The file may still be written: what is committed at opening is read.
class TraceFile {
 public:
  /// Throws Error (exit 3) naming the path when it cannot be read, is no trace or is of another version.
  static TraceFile open(const std::string& path);

  /// The same for bytes in memory (tests, fuzzing). `name` is used in messages.
  static TraceFile from_bytes(std::vector<std::byte> bytes, const std::string& name);

  TraceFile(TraceFile&&) noexcept;
  TraceFile& operator=(TraceFile&&) noexcept;
  ~TraceFile();

  const std::string& path() const;
  const Identity& identity() const;

  /// Grouped by stream, each stream in the order of stream_seq.
  const std::vector<Chunk>& chunks() const;

  uint64_t lost_events() const;
  format::StopReason stop_reason() const;
  uint64_t damaged_bytes() const;  ///< bytes claimed by chunks that are cut off or make no sense

 private:
  struct Impl;
  explicit TraceFile(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace memprof::trace
