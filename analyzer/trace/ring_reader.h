#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/trace/drained_file.h"
#include "preload/format/trace_format.h"

namespace memprof::trace {

/// Keeps the trace of a running process small: takes full chunks out into the drained file beside
/// it and then gives them back to the recorder, which uses their place again. Killed anywhere,
/// nothing is lost: a chunk is given back only when it is in the drained file, and the recorder
/// never waits (preload/format/README.md, "The ring").
///
/// A trace is left alone until it has grown to kDrainFrom chunks, since most processes of a build
/// never get there. Not thread-safe. There must be no other reader.
class RingReader {
 public:
  /// 8 MiB of chunks that are in use.
  static constexpr uint32_t kDrainFrom = 64;

  explicit RingReader(std::string path);
  ~RingReader();
  RingReader(const RingReader&) = delete;
  RingReader& operator=(const RingReader&) = delete;

  const std::string& path() const { return path_; }

  /// Whether there is enough for drain(); two system calls at most.
  bool wants_drain();

  /// Takes out all chunks that are full. The trace is open for writing meanwhile.
  void drain();

  /// To be called once nobody writes to the trace any more: frees the disk space of chunks that are
  /// given back and were not used again.
  void finish();

 private:
  struct Mapping;
  struct Full {
    uint32_t index;
    std::vector<std::byte> bytes;
  };

  bool read_header(format::FileHeader& header);
  bool read_full(uint32_t index, std::vector<std::byte>& bytes) const;
  bool store(std::vector<Full>& batch, Mapping& mapping);
  void give_back(uint32_t index, Mapping& mapping);

  std::string path_;
  int fd_;               ///< for reading
  bool failed_ = false;  ///< cannot be drained, or not any more
  bool attached_ = false;
  std::unique_ptr<DrainedWriter> drained_;           ///< from the first drain on
  std::vector<std::pair<uint32_t, uint32_t>> last_;  ///< by index: stream and stream_seq taken out
};

}  // namespace memprof::trace
