#include "analyzer/trace/ring_reader.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "analyzer/heap/replay.h"
#include "analyzer/trace/trace_file.h"
#include "tests/analyzer/profile/scratch_folder.h"
#include "tests/support/trace_builder.h"

namespace {

using namespace memprof;
using test::TraceBuilder;
using trace::RingReader;
using trace::TraceFile;

constexpr uint32_t kStreams = 3;

/// A trace of three threads whose chunks are full but for each one's last.
void write_trace(const std::string& path, uint32_t chunks_a_stream) {
  TraceBuilder trace;
  trace.trace_id(77);
  for (uint32_t chunk = 0; chunk < chunks_a_stream; ++chunk) {
    for (uint32_t thread = 1; thread <= kStreams; ++thread) {
      trace.thread(thread);
      if (chunk > 0) trace.new_chunk();
      const uint64_t block = 0x100000 + 0x10000 * chunk + 0x100 * thread;
      trace.at(1000 + chunk * 10 + thread).alloc(block, 16 + thread, {"main", "f"});
      if (chunk % 2 == 1) trace.free(block);
    }
  }
  trace.write(path);
}

std::vector<char> contents(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void put(const std::string& path, const std::vector<char>& bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<long>(bytes.size()));
}

/// What a recorder does that takes a chunk which has been given back.
void overwrite_released(const std::string& path) {
  std::vector<char> bytes = contents(path);
  format::FileHeader header{};
  std::memcpy(&header, bytes.data(), sizeof header);
  REQUIRE(header.reader_attached == 1);
  for (uint32_t at = header.release_head; at != header.release_tail; ++at) {
    uint32_t index = 0;
    std::memcpy(
        &index,
        bytes.data() + format::kReleaseRingOffset + at % format::kReleaseSlots * sizeof index,
        sizeof index);
    const size_t begin = format::kHeaderBytes + size_t{index} * format::kChunkBytes;
    REQUIRE(begin < bytes.size());
    const size_t end = std::min<size_t>(begin + format::kChunkBytes, bytes.size());
    std::fill(bytes.begin() + static_cast<long>(begin), bytes.begin() + static_cast<long>(end),
              '\0');
  }
  put(path, bytes);
}

struct Read {
  heap::Counts totals;
  uint64_t missing;
  uint64_t damaged;
};

Read read(const std::string& path) {
  const TraceFile file = TraceFile::open(path);
  const heap::ProcessHeap heap = heap::replay(file, {});
  return {heap.totals, file.missing_chunks(), heap.health.damaged_bytes};
}

struct Drained {
  const test::ScratchFolder place;
  const std::string path = place.path("a.mtrace");
  const std::string beside = trace::drained_path(path);
  Read before{};

  explicit Drained(uint32_t chunks_a_stream = 40) {
    write_trace(path, chunks_a_stream);
    before = read(path);
    RingReader reader(path);
    REQUIRE(reader.wants_drain());
    reader.drain();
  }

  void check_same() const {
    const Read now = read(path);
    CHECK(now.totals.allocations == before.totals.allocations);
    CHECK(now.totals.frees == before.totals.frees);
    CHECK(now.totals.bytes_allocated == before.totals.bytes_allocated);
    CHECK(now.totals.live_bytes == before.totals.live_bytes);
    CHECK(now.missing == 0);
    CHECK(now.damaged == 0);
  }
};

TEST_CASE("A chunk that was taken out is read from the drained file") {
  const Drained run;
  REQUIRE(run.before.totals.allocations == 40 * kStreams);
  run.check_same();
  overwrite_released(run.path);
  run.check_same();
  std::filesystem::remove(run.beside);
  CHECK(read(run.path).missing == 39 * kStreams);
}

TEST_CASE("A small trace is left alone") {
  const test::ScratchFolder place;
  write_trace(place.path("a.mtrace"), RingReader::kDrainFrom / kStreams);
  CHECK_FALSE(RingReader(place.path("a.mtrace")).wants_drain());
  CHECK_FALSE(RingReader(place.path("none")).wants_drain());
}

TEST_CASE("Each chunk is taken out once, whenever one looks again") {
  const test::ScratchFolder place;
  write_trace(place.path("a.mtrace"), 40);
  RingReader reader(place.path("a.mtrace"));
  reader.drain();
  const auto bytes = std::filesystem::file_size(trace::drained_path(place.path("a.mtrace")));
  CHECK_FALSE(reader.wants_drain());
  reader.drain();
  CHECK(std::filesystem::file_size(trace::drained_path(place.path("a.mtrace"))) == bytes);
}

TEST_CASE("There are never more chunks to be taken than the ring has room for") {
  const Drained run(1100 / kStreams);
  overwrite_released(run.path);
  run.check_same();
}

TEST_CASE("A trace that another reader has is left alone") {
  const Drained run;
  const auto bytes = contents(run.path);
  RingReader(run.path).drain();
  CHECK(contents(run.path) == bytes);
}

TEST_CASE("When nobody writes any more, chunks that were given back leave the disk") {
  const test::ScratchFolder place;
  const std::string path = place.path("a.mtrace");
  write_trace(path, 40);
  const Read before = read(path);
  RingReader reader(path);
  reader.drain();
  reader.finish();
  const Read after = read(path);
  CHECK(after.totals.allocations == before.totals.allocations);
  CHECK(after.missing == 0);
  const auto bytes = contents(path);
  const size_t first = format::kHeaderBytes;
  CHECK(std::all_of(bytes.begin() + first, bytes.begin() + first + format::kChunkBytes,
                    [](char byte) { return byte == 0; }));
}

// The reader was killed while it wrote: what is not whole has not been given back.
TEST_CASE("A drained file that ends anywhere takes nothing away") {
  const Drained run;
  const std::vector<char> whole = contents(run.beside);
  for (size_t bytes = 0; bytes < whole.size(); bytes += 97) {
    put(run.beside, {whole.begin(), whole.begin() + static_cast<long>(bytes)});
    INFO("cut after " << bytes);
    run.check_same();
  }
}

TEST_CASE("Damage in a drained file is counted, and the rest is read") {
  const Drained run;
  overwrite_released(run.path);
  const std::vector<char> whole = contents(run.beside);
  for (size_t at = 0; at < whole.size(); at += 41) {
    std::vector<char> bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x5a);
    put(run.beside, bytes);
    INFO("byte " << at);
    const Read now = read(run.path);
    CHECK(now.totals.allocations <= run.before.totals.allocations);
    const bool complete = now.totals.allocations == run.before.totals.allocations &&
                          now.totals.bytes_allocated == run.before.totals.bytes_allocated;
    // The fields of a header that only describe (tid, index, reserved) may change without a trace.
    CHECK((complete || now.missing + now.damaged > 0));
  }
}

TEST_CASE("A drained file of another trace is none") {
  const Drained run;
  const Drained other;
  std::vector<char> bytes = contents(run.beside);
  bytes[16] ^= 1;  // the trace's id
  put(run.beside, bytes);
  overwrite_released(run.path);
  const Read now = read(run.path);
  CHECK(now.missing == 39 * kStreams);
  CHECK(now.damaged >= bytes.size());
}

TEST_CASE("A full disk ends the draining and leaves all in the trace") {
  const test::ScratchFolder place;
  const std::string path = place.path("a.mtrace");
  write_trace(path, 40);
  const Read before = read(path);
  rlimit limit{};
  ::getrlimit(RLIMIT_FSIZE, &limit);
  const rlimit small{500, limit.rlim_max};
  const auto old = ::signal(SIGXFSZ, SIG_IGN);
  RingReader reader(path);
  ::setrlimit(RLIMIT_FSIZE, &small);
  reader.drain();
  ::setrlimit(RLIMIT_FSIZE, &limit);
  ::signal(SIGXFSZ, old);
  CHECK_FALSE(reader.wants_drain());
  const Read after = read(path);
  CHECK(after.totals.allocations == before.totals.allocations);
  CHECK(after.missing == 0);
  CHECK(after.damaged == 0);
}

}  // namespace
