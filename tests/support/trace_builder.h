#pragma once

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "analyzer/trace/trace_file.h"
#include "preload/format/trace_format.h"
#include "tests/support/record_encoder.h"

namespace memprof::test {

/// Function names, outermost first: {"main", "f"} is f called by main. A name stands for one return
/// address, handed out at first use (see TraceBuilder::address_of) or chosen with
/// TraceBuilder::place.
using Frames = std::vector<std::string>;

/// The name of the location that stands for missing frames; outermost or not at all.
inline constexpr char kCutFrame[] = "[cut]";

/// A position in a stream, as a forked child's Cut record names it.
struct StreamPosition {
  uint32_t stream;
  uint32_t stream_seq;
  uint32_t used;
};

/// The world of a trace test in a few words:
///
///     TraceBuilder().alloc(0x1000, 64, {"main", "f"}).free(0x1000).exit(0).open()
///
/// Every call appends to the current stream (`thread` and `stream` choose it; at first it is stream
/// 0 of thread 1) at the current time (`at` sets it). Stamps are nanoseconds of CLOCK_MONOTONIC
/// plus a fixed shift unless `clock` says otherwise. Chunks fill as in a real file, or end early
/// with `new_chunk`.
class TraceBuilder {
 public:
  TraceBuilder();

  // The header.
  TraceBuilder& trace_id(uint64_t id);
  TraceBuilder& parent(uint64_t id, format::ParentLink link, uint32_t env_parent_pid = 0);
  TraceBuilder& run_id(uint64_t id);
  TraceBuilder& process(uint32_t pid, uint32_t ppid);
  TraceBuilder& exe(const std::string& path);
  TraceBuilder& argv(const std::vector<std::string>& arguments);
  TraceBuilder& cwd(const std::string& path);
  TraceBuilder& start_unix_ns(uint64_t time_ns);
  /// The start pair and how many stamps make a nanosecond; sets the current time to the start.
  TraceBuilder& clock(format::ClockPair start, uint64_t stamps_per_ns = 1);
  TraceBuilder& counter_stamps();
  TraceBuilder& lost(uint64_t events);
  TraceBuilder& stop(format::StopReason reason);

  // Where the next records go, and when they happen.
  /// The stream of this thread (serial); a new one at first use.
  TraceBuilder& thread(uint32_t serial);
  /// A stream by number, whichever thread it belongs to; created with `serial` at first use.
  TraceBuilder& stream(uint32_t number, uint32_t serial);
  /// The current stream's events are this thread's from here on.
  TraceBuilder& hand_over(uint32_t serial, const std::string& name = "");
  TraceBuilder& new_chunk();
  /// The current time, in stamps. In an unstamped stream this writes a Time record, or begins the
  /// chunk.
  TraceBuilder& at(uint64_t stamp);
  /// From here on events of the current stream carry stamps, and those of streams begun later.
  TraceBuilder& stamped(bool on = true);

  // Heap events. Without frames the stack is the stream's last one.
  TraceBuilder& alloc(uint64_t address, uint64_t size, const Frames& frames,
                      format::Kind kind = format::Kind::kMalloc);
  TraceBuilder& alloc(uint64_t address, uint64_t size);
  TraceBuilder& free(uint64_t address);
  /// `ticks`: stamps between the call's begin and now, its end.
  TraceBuilder& realloc(uint64_t old_address, uint64_t new_address, uint64_t size,
                        const Frames& frames, uint32_t ticks = 0);
  /// The same with location ids; the Location records are the caller's affair.
  TraceBuilder& alloc_ids(uint64_t address, uint64_t size, const std::vector<uint32_t>& ids,
                          format::Kind kind = format::Kind::kMalloc);
  TraceBuilder& realloc_ids(const RecordEncoder::Resize& resize, const std::vector<uint32_t>& ids);

  // Names.
  /// Return addresses handed out from here on lie in this module. Ids are handed out from 1.
  TraceBuilder& module(const std::string& path, const std::string& build_id = "",
                       uint64_t bias = 0);
  TraceBuilder& module_end(uint32_t id);
  /// Fixes the return address of a name before its first use.
  TraceBuilder& place(const std::string& name, uint64_t address);
  uint64_t address_of(const std::string& name);
  TraceBuilder& location(uint32_t id, uint64_t address, uint32_t module = format::kNoModule,
                         uint32_t flags = 0);

  // What else happens in a process. An RSS of 0 is "not known".
  TraceBuilder& mark(const std::string& name, format::RssFields rss = {});
  TraceBuilder& phase_begin(const std::string& name, format::RssFields rss = {});
  TraceBuilder& phase_end(const std::string& name, format::RssFields rss = {});
  TraceBuilder& sample(format::RssFields rss,
                       format::SampleReason reason = format::SampleReason::kPeriodic);
  TraceBuilder& exec(const std::string& path, format::ExecHow how = format::ExecHow::kExec,
                     uint32_t pid = 0, uint32_t flags = 0);
  TraceBuilder& exec_failed(uint32_t error);
  TraceBuilder& exit(int32_t status, format::ExitHow how = format::ExitHow::kExit);
  /// Nothing is written when a process is killed; the word is for the reader of the test.
  TraceBuilder& kill() { return *this; }
  /// Makes this the trace of a child that `parent` forks now: its link, clock, time and cuts.
  TraceBuilder& fork_of(const TraceBuilder& parent);
  TraceBuilder& cut(StreamPosition position);

  /// Bytes as they are, into the current chunk.
  TraceBuilder& raw(const std::vector<std::byte>& bytes);

  /// How far each stream has come.
  std::vector<StreamPosition> positions() const;

  /// The file: header and chunks; after the last committed record it ends.
  std::vector<std::byte> bytes() const;
  trace::TraceFile open(const std::string& name = "test trace") const;
  void write(const std::string& path) const;
  /// Writes full chunks to `path` from here on and forgets them, for traces too large to be held in
  /// memory. Then only write(path) is left to be called, at the end.
  TraceBuilder& write_as_it_grows(const std::string& path);

 private:
  struct OpenChunk {
    format::ChunkHeader header;
    RecordEncoder records;
    std::vector<uint32_t> stack;  ///< location ids
  };
  struct Stream {
    uint32_t thread;
    bool stamped;
    std::vector<OpenChunk> chunks;
  };

  Stream& current();
  OpenChunk& chunk();
  /// A chunk begins when its first record does. False when it has begun.
  bool begin_now_if_empty(OpenChunk& chunk) const;
  OpenChunk& chunk_with_room(size_t bytes);
  template <typename Payload>
  TraceBuilder& control(format::Control kind, const Payload& payload, const std::string& tail = {});
  TraceBuilder& mark_record(format::MarkKind kind, const std::string& name, format::RssFields rss);
  std::vector<uint32_t> ids_of(const Frames& frames);
  uint32_t id_of(const std::string& name);
  std::vector<std::byte> header_bytes() const;
  static std::vector<std::byte> chunk_bytes(const OpenChunk& chunk);
  static void write_chunk(std::ostream& out, const OpenChunk& chunk);
  RecordEncoder::StackChange change_to(OpenChunk& chunk, const std::vector<uint32_t>& ids);
  format::ClockPair now() const;

  struct Name {
    uint64_t address;
    uint32_t id;  ///< 0: no Location record yet
  };

  format::FileHeader header_{};
  uint64_t stamps_per_ns_ = 1;
  uint64_t stamp_ = 0;
  bool stamped_from_start_ = false;
  std::string exe_ = "/usr/bin/program";
  std::vector<std::string> argv_ = {"program"};
  std::string cwd_ = "/";
  std::map<uint32_t, Stream> streams_;
  std::map<uint32_t, uint32_t> stream_of_thread_;
  uint32_t current_stream_ = 0;
  std::shared_ptr<std::ofstream> growing_;  ///< where full chunks go; null: they stay
  std::vector<uint32_t> chunk_streams_;     ///< the stream of each chunk of the file
  std::map<std::string, Name> names_;
  uint32_t next_location_ = 1;
  uint32_t module_ = format::kNoModule;
  uint32_t next_module_ = 1;
  uint64_t next_address_ = 0x401000;
};

}  // namespace memprof::test
