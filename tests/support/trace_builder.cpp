#include "tests/support/trace_builder.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <stdexcept>

namespace memprof::test {

using namespace memprof::format;

namespace {

constexpr uint64_t kDefaultStartNs = 1'000'000'000;
constexpr uint64_t kDefaultStartStamp = 5'000'000'000;
constexpr uint64_t kCalibrationNs = 1'000'000;

/// No record of the builder's is larger than this: escapes and frames included.
size_t event_bytes_max(size_t frames) {
  return 64 + frames * 4;
}

HeaderString put_string(std::vector<std::byte>& file, size_t& end, const std::string& text) {
  const size_t bytes = std::min(text.size(), kHeaderBytes - end);
  std::memcpy(file.data() + end, text.data(), bytes);
  const HeaderString where{static_cast<uint32_t>(end), static_cast<uint32_t>(bytes)};
  end += bytes;
  return where;
}

void put(std::ostream& out, uint64_t offset, const std::vector<std::byte>& bytes) {
  out.seekp(static_cast<std::streamoff>(offset));
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
}

}  // namespace

TraceBuilder::TraceBuilder() {
  header_.magic = kFileMagic;
  header_.byte_order = kByteOrder;
  header_.version = kVersion;
  header_.header_bytes = kHeaderBytes;
  header_.chunk_bytes = kChunkBytes;
  header_.machine = 62;  // EM_X86_64
  header_.pointer_bytes = 8;
  header_.trace_id = 1;
  header_.run_id = 1;
  header_.pid = 100;
  header_.ppid = 1;
  header_.stamp_source = static_cast<uint32_t>(StampSource::kTsc);
  header_.start_unix_ns = 1'700'000'000'000'000'000;
  clock({kDefaultStartStamp, kDefaultStartNs});
  stream(0, 1);
}

TraceBuilder& TraceBuilder::trace_id(uint64_t id) {
  header_.trace_id = id;
  return *this;
}

TraceBuilder& TraceBuilder::parent(uint64_t id, ParentLink link, uint32_t env_parent_pid) {
  header_.parent_id = id;
  header_.parent_link = static_cast<uint32_t>(link);
  header_.env_parent_pid = env_parent_pid;
  return *this;
}

TraceBuilder& TraceBuilder::run_id(uint64_t id) {
  header_.run_id = id;
  return *this;
}

TraceBuilder& TraceBuilder::process(uint32_t pid, uint32_t ppid) {
  header_.pid = pid;
  header_.ppid = ppid;
  return *this;
}

TraceBuilder& TraceBuilder::exe(const std::string& path) {
  exe_ = path;
  return *this;
}

TraceBuilder& TraceBuilder::argv(const std::vector<std::string>& arguments) {
  argv_ = arguments;
  return *this;
}

TraceBuilder& TraceBuilder::cwd(const std::string& path) {
  cwd_ = path;
  return *this;
}

TraceBuilder& TraceBuilder::start_unix_ns(uint64_t time_ns) {
  header_.start_unix_ns = time_ns;
  return *this;
}

TraceBuilder& TraceBuilder::clock(ClockPair start, uint64_t stamps_per_ns) {
  header_.start = start;
  header_.calibration = {start.stamp + kCalibrationNs * stamps_per_ns,
                         start.monotonic_ns + kCalibrationNs};
  stamps_per_ns_ = stamps_per_ns;
  stamp_ = start.stamp;
  for (auto& [number, stream] : streams_) {
    for (OpenChunk& chunk : stream.chunks) begin_now_if_empty(chunk);
  }
  return *this;
}

bool TraceBuilder::begin_now_if_empty(OpenChunk& chunk) const {
  if (!chunk.records.bytes().empty()) return false;
  chunk.header.start_stamp = stamp_;
  chunk.records = RecordEncoder(chunk.header);
  return true;
}

TraceBuilder& TraceBuilder::counter_stamps() {
  header_.stamp_source = static_cast<uint32_t>(StampSource::kCounter);
  return *this;
}

TraceBuilder& TraceBuilder::lost(uint64_t events) {
  header_.lost_events = events;
  return *this;
}

TraceBuilder& TraceBuilder::stop(StopReason reason) {
  header_.stop_reason = static_cast<uint32_t>(reason);
  return *this;
}

TraceBuilder& TraceBuilder::thread(uint32_t serial) {
  const auto known = stream_of_thread_.find(serial);
  if (known != stream_of_thread_.end()) return stream(known->second, serial);
  const uint32_t number = streams_.empty() ? 0 : streams_.rbegin()->first + 1;
  return stream(number, serial);
}

TraceBuilder& TraceBuilder::stream(uint32_t number, uint32_t serial) {
  current_stream_ = number;
  if (streams_.contains(number)) return *this;
  streams_.emplace(number, Stream{serial, stamped_from_start_, {}});
  stream_of_thread_.emplace(serial, number);
  header_.streams = std::max(header_.streams, number + 1);
  return new_chunk();
}

TraceBuilder& TraceBuilder::hand_over(uint32_t serial, const std::string& name) {
  current().thread = serial;
  ThreadRecord record{stamp_, serial, serial + 1000, {}};
  name.copy(record.name, sizeof record.name);
  return control(Control::kThread, record);
}

TraceBuilder& TraceBuilder::new_chunk() {
  Stream& stream = current();
  if (!stream.chunks.empty()) {
    OpenChunk& last = stream.chunks.back();
    last.header.state = static_cast<uint32_t>(ChunkState::kFull);
    if (growing_ != nullptr) {
      write_chunk(*growing_, last);
      last.records = RecordEncoder(last.header);
      last.stack = {};
    }
  }
  ChunkHeader header{};
  header.magic = kChunkMagic;
  header.index = static_cast<uint32_t>(chunk_streams_.size());
  header.stream = current_stream_;
  header.stream_seq = static_cast<uint32_t>(stream.chunks.size());
  header.start_stamp = stamp_;
  header.thread = stream.thread;
  header.tid = stream.thread + 1000;
  header.flags = stream.stamped ? kChunkStamped : 0;
  header.state = static_cast<uint32_t>(ChunkState::kOpen);
  stream.chunks.push_back({header, RecordEncoder(header), {}});
  chunk_streams_.push_back(current_stream_);
  return *this;
}

TraceBuilder& TraceBuilder::at(uint64_t stamp) {
  stamp_ = stamp;
  if (!begin_now_if_empty(chunk()) && !current().stamped) {
    chunk_with_room(64).records.time(stamp);
  }
  return *this;
}

TraceBuilder& TraceBuilder::stamped(bool on) {
  stamped_from_start_ = on;
  chunk_with_room(64).records.stamps(on, stamp_);
  current().stamped = on;
  return *this;
}

TraceBuilder& TraceBuilder::alloc(uint64_t address, uint64_t size, const Frames& frames,
                                  Kind kind) {
  return alloc_ids(address, size, ids_of(frames), kind);
}

TraceBuilder& TraceBuilder::alloc(uint64_t address, uint64_t size) {
  const std::vector<uint32_t> last = chunk().stack;
  return alloc_ids(address, size, last);
}

TraceBuilder& TraceBuilder::free(uint64_t address) {
  chunk_with_room(64).records.death(address, stamp_);
  return *this;
}

TraceBuilder& TraceBuilder::realloc(uint64_t old_address, uint64_t new_address, uint64_t size,
                                    const Frames& frames, uint32_t ticks) {
  return realloc_ids({old_address, new_address, size, ticks}, ids_of(frames));
}

TraceBuilder& TraceBuilder::alloc_ids(uint64_t address, uint64_t size,
                                      const std::vector<uint32_t>& ids, Kind kind) {
  OpenChunk& open = chunk_with_room(event_bytes_max(ids.size()));
  open.records.birth(address, size, kind, change_to(open, ids), stamp_);
  return *this;
}

TraceBuilder& TraceBuilder::realloc_ids(const RecordEncoder::Resize& resize,
                                        const std::vector<uint32_t>& ids) {
  OpenChunk& open = chunk_with_room(event_bytes_max(ids.size()));
  open.records.resize(resize, change_to(open, ids), stamp_);
  return *this;
}

TraceBuilder& TraceBuilder::module(const std::string& path, const std::string& build_id,
                                   uint64_t bias) {
  module_ = next_module_++;
  ModuleRecord record{module_,
                      1,
                      bias,
                      bias,
                      bias + 0x10000000,
                      static_cast<uint16_t>(build_id.size()),
                      static_cast<uint16_t>(path.size())};
  return control(Control::kModule, record, build_id + path);
}

TraceBuilder& TraceBuilder::module_end(uint32_t id) {
  return control(Control::kModuleEnd, ModuleEndRecord{id, stamp_});
}

TraceBuilder& TraceBuilder::place(const std::string& name, uint64_t address) {
  if (!names_.emplace(name, Name{address, 0}).second) {
    throw std::logic_error("TraceBuilder: " + name + " has an address already");
  }
  return *this;
}

uint64_t TraceBuilder::address_of(const std::string& name) {
  const auto [entry, is_new] = names_.emplace(name, Name{next_address_, 0});
  if (is_new) next_address_ += 16;
  return entry->second.address;
}

TraceBuilder& TraceBuilder::location(uint32_t id, uint64_t address, uint32_t module,
                                     uint32_t flags) {
  next_location_ = std::max(next_location_, id + 1);
  return control(Control::kLocation, LocationRecord{id, module, address, flags});
}

TraceBuilder& TraceBuilder::mark(const std::string& name, RssFields rss) {
  return mark_record(MarkKind::kMark, name, rss);
}

TraceBuilder& TraceBuilder::phase_begin(const std::string& name, RssFields rss) {
  return mark_record(MarkKind::kPhaseBegin, name, rss);
}

TraceBuilder& TraceBuilder::phase_end(const std::string& name, RssFields rss) {
  return mark_record(MarkKind::kPhaseEnd, name, rss);
}

TraceBuilder& TraceBuilder::sample(RssFields rss, SampleReason reason) {
  return control(Control::kSample, SampleRecord{now(), rss, static_cast<uint32_t>(reason)});
}

TraceBuilder& TraceBuilder::exec(const std::string& path, ExecHow how, uint32_t pid,
                                 uint32_t flags) {
  const ExecRecord record{now(), static_cast<uint32_t>(how), pid, flags,
                          static_cast<uint32_t>(path.size())};
  return control(Control::kExec, record, path);
}

TraceBuilder& TraceBuilder::exec_failed(uint32_t error) {
  return control(Control::kExecFailed, ExecFailedRecord{stamp_, error});
}

TraceBuilder& TraceBuilder::exit(int32_t status, ExitHow how) {
  return control(Control::kExit, ExitRecord{now(), static_cast<uint32_t>(how), status,
                                            how == ExitHow::kUnloaded ? 0U : 1U});
}

TraceBuilder& TraceBuilder::fork_of(const TraceBuilder& parent_trace) {
  header_.run_id = parent_trace.header_.run_id;
  header_.ppid = parent_trace.header_.pid;
  header_.stamp_source = parent_trace.header_.stamp_source;
  parent(parent_trace.header_.trace_id, ParentLink::kFork);
  clock(parent_trace.now(), parent_trace.stamps_per_ns_);
  header_.inherited_stamp = stamp_;
  for (const StreamPosition& position : parent_trace.positions()) cut(position);
  return *this;
}

TraceBuilder& TraceBuilder::cut(StreamPosition position) {
  return control(Control::kCut, CutRecord{position.stream, position.stream_seq, position.used});
}

TraceBuilder& TraceBuilder::raw(const std::vector<std::byte>& bytes) {
  chunk_with_room(bytes.size()).records.raw(bytes);
  return *this;
}

std::vector<StreamPosition> TraceBuilder::positions() const {
  std::vector<StreamPosition> result;
  for (const auto& [number, stream] : streams_) {
    const OpenChunk& last = stream.chunks.back();
    const auto used = static_cast<uint32_t>(sizeof(ChunkHeader) + last.records.bytes().size());
    result.push_back({number, last.header.stream_seq, used});
  }
  return result;
}

std::vector<std::byte> TraceBuilder::header_bytes() const {
  std::vector<std::byte> bytes(kHeaderBytes);
  FileHeader header = header_;
  size_t strings_end = kStringsOffset;
  std::string arguments;
  for (const std::string& argument : argv_) arguments += argument + '\0';
  header.exe = put_string(bytes, strings_end, exe_);
  header.cwd = put_string(bytes, strings_end, cwd_);
  header.argv = put_string(bytes, strings_end, arguments);
  header.argv_count = static_cast<uint32_t>(argv_.size());
  header.chunks_claimed = static_cast<uint32_t>(chunk_streams_.size());
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes;
}

std::vector<std::byte> TraceBuilder::chunk_bytes(const OpenChunk& chunk) {
  const std::vector<std::byte>& records = chunk.records.bytes();
  ChunkHeader header = chunk.header;
  header.used = static_cast<uint32_t>(sizeof header + records.size());
  std::vector<std::byte> bytes(header.used);
  std::memcpy(bytes.data(), &header, sizeof header);
  std::copy(records.begin(), records.end(), bytes.data() + sizeof header);
  return bytes;
}

std::vector<std::byte> TraceBuilder::bytes() const {
  std::vector<std::byte> file = header_bytes();
  std::map<uint32_t, size_t> next_of_stream;
  for (size_t index = 0; index < chunk_streams_.size(); ++index) {
    const uint32_t number = chunk_streams_[index];
    const auto chunk = chunk_bytes(streams_.at(number).chunks[next_of_stream[number]++]);
    file.resize(kHeaderBytes + index * kChunkBytes);
    file.insert(file.end(), chunk.begin(), chunk.end());
  }
  return file;
}

trace::TraceFile TraceBuilder::open(const std::string& name) const {
  return trace::TraceFile::from_bytes(bytes(), name);
}

void TraceBuilder::write_chunk(std::ostream& out, const OpenChunk& chunk) {
  put(out, kHeaderBytes + uint64_t{chunk.header.index} * kChunkBytes, chunk_bytes(chunk));
}

void TraceBuilder::write(const std::string& path) const {
  std::ofstream whole;
  if (growing_ == nullptr) {
    whole.open(path, std::ios::binary);
    put(whole, 0, bytes());
  } else {
    put(*growing_, 0, header_bytes());
    for (const auto& [number, stream] : streams_) write_chunk(*growing_, stream.chunks.back());
  }
  if (!(growing_ == nullptr ? whole : *growing_).flush()) {
    throw std::runtime_error("TraceBuilder: cannot write " + path);
  }
}

TraceBuilder& TraceBuilder::write_as_it_grows(const std::string& path) {
  growing_ = std::make_shared<std::ofstream>(path, std::ios::binary);
  return *this;
}

TraceBuilder::Stream& TraceBuilder::current() {
  return streams_.at(current_stream_);
}

TraceBuilder::OpenChunk& TraceBuilder::chunk() {
  return current().chunks.back();
}

TraceBuilder::OpenChunk& TraceBuilder::chunk_with_room(size_t bytes) {
  if (sizeof(ChunkHeader) + chunk().records.bytes().size() + bytes > kChunkBytes) new_chunk();
  return chunk();
}

template <typename Payload>
TraceBuilder& TraceBuilder::control(Control kind, const Payload& payload, const std::string& tail) {
  chunk_with_room(64 + sizeof payload + tail.size()).records.control(kind, payload, tail);
  return *this;
}

TraceBuilder& TraceBuilder::mark_record(MarkKind kind, const std::string& name, RssFields rss) {
  const MarkRecord record{now(), rss, static_cast<uint32_t>(kind), current().thread,
                          static_cast<uint32_t>(name.size())};
  return control(Control::kMark, record, name);
}

std::vector<uint32_t> TraceBuilder::ids_of(const Frames& frames) {
  std::vector<uint32_t> ids;
  for (const std::string& name : frames) ids.push_back(id_of(name));
  return ids;
}

uint32_t TraceBuilder::id_of(const std::string& name) {
  if (name == kCutFrame) return kCutLocation;
  const uint64_t address = address_of(name);
  Name& entry = names_.at(name);
  if (entry.id == 0) {
    entry.id = next_location_;
    location(entry.id, address, module_);
  }
  return entry.id;
}

RecordEncoder::StackChange TraceBuilder::change_to(OpenChunk& chunk,
                                                   const std::vector<uint32_t>& ids) {
  const auto [old_end, new_end] =
      std::mismatch(chunk.stack.begin(), chunk.stack.end(), ids.begin(), ids.end());
  RecordEncoder::StackChange change{static_cast<uint32_t>(chunk.stack.end() - old_end),
                                    {new_end, ids.end()}};
  chunk.stack = ids;
  return change;
}

ClockPair TraceBuilder::now() const {
  return {stamp_, header_.start.monotonic_ns + (stamp_ - header_.start.stamp) / stamps_per_ns_};
}

}  // namespace memprof::test
