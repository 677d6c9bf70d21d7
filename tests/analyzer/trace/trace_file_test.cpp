#include "analyzer/trace/trace_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "analyzer/base/error.h"
#include "tests/support/trace_builder.h"

namespace {

using namespace memprof;
using test::TraceBuilder;
using trace::TraceFile;

/// A directory that goes away with the test.
class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "memprof-trace-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = name;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

std::string why_not(const std::vector<std::byte>& bytes) {
  try {
    TraceFile::from_bytes(bytes, "a.mtrace");
  } catch (const Error& error) {
    CHECK(error.exit() == Error::Exit::kInput);
    return error.what();
  }
  return "";
}

template <typename T>
void patch(std::vector<std::byte>& bytes, size_t offset, T value) {
  std::memcpy(bytes.data() + offset, &value, sizeof value);
}

size_t chunk_at(uint32_t index) {
  return format::kHeaderBytes + size_t{index} * format::kChunkBytes;
}

using Catch::Contains;

}  // namespace

TEST_CASE("a header says who the process was") {
  const TraceFile file = TraceBuilder()
                             .trace_id(77)
                             .parent(66, format::ParentLink::kFork)
                             .run_id(5)
                             .process(1234, 1200)
                             .exe("/usr/bin/cc1plus")
                             .argv({"cc1plus", "", "-O2"})
                             .cwd("/tmp/x")
                             .lost(3)
                             .stop(format::StopReason::kDiskLow)
                             .open();
  const trace::Identity& identity = file.identity();
  CHECK(identity.trace_id == 77);
  CHECK(identity.parent_id == 66);
  CHECK(identity.parent_link == format::ParentLink::kFork);
  CHECK(identity.run_id == 5);
  CHECK(identity.pid == 1234);
  CHECK(identity.ppid == 1200);
  CHECK(identity.exe == "/usr/bin/cc1plus");
  CHECK(identity.argv == std::vector<std::string>{"cc1plus", "", "-O2"});
  CHECK_FALSE(identity.argv_cut);
  CHECK(identity.cwd == "/tmp/x");
  CHECK(file.lost_events() == 3);
  CHECK(file.stop_reason() == format::StopReason::kDiskLow);
}

TEST_CASE("arguments that do not fit the header are said to be cut") {
  const std::string longest(format::kStringsBytes, 'x');
  const TraceFile file = TraceBuilder().argv({"program", longest, "last"}).open();
  CHECK(file.identity().argv_cut);
  CHECK(file.identity().argv.front() == "program");
}

TEST_CASE("what is no trace is refused with its name and the reason") {
  std::vector<std::byte> good = TraceBuilder().alloc(0x1000, 1, {"f"}).bytes();
  REQUIRE(why_not(good).empty());

  std::vector<std::byte> bytes = good;
  patch(bytes, 0, uint64_t{0x0a0d0a1a474e5089});
  CHECK_THAT(why_not(bytes), Contains("not a memprof trace: a.mtrace: "));

  bytes = good;
  patch(bytes, 0, uint64_t{0});
  CHECK_THAT(why_not(bytes), Contains("a.mtrace") && Contains("header is empty"));

  bytes = good;
  patch(bytes, 0, __builtin_bswap64(format::kFileMagic));
  CHECK_THAT(why_not(bytes), Contains("a.mtrace") && Contains("byte order"));

  bytes = good;
  patch(bytes, offsetof(format::FileHeader, version), uint32_t{9});
  CHECK_THAT(why_not(bytes), Contains("a.mtrace") && Contains("version 9"));

  bytes = good;
  patch(bytes, offsetof(format::FileHeader, chunk_bytes), uint32_t{4096});
  CHECK_THAT(why_not(bytes), Contains("chunk size"));

  bytes = good;
  bytes.resize(1000);
  CHECK_THAT(why_not(bytes), Contains("1000 bytes"));
  CHECK_THAT(why_not({}), Contains("a.mtrace"));
}

TEST_CASE("a file that is missing, a directory or a FIFO is an error at once") {
  const Scratch scratch;
  CHECK_THROWS_WITH(TraceFile::open(scratch / "none"),
                    Contains("none") && Contains("No such file"));
  CHECK_THROWS_AS(TraceFile::open(scratch / "."), Error);
  const std::string fifo = scratch / "fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  CHECK_THROWS_WITH(TraceFile::open(fifo), Contains("no regular file"));
}

TEST_CASE("a sparse file of 256 GiB opens without touching what is not claimed") {
  const Scratch scratch;
  const std::string path = scratch / "sparse.mtrace";
  TraceBuilder().alloc(0x1000, 64, {"f"}).write(path);
  REQUIRE(::truncate(path.c_str(), off_t{256} << 30) == 0);
  const TraceFile file = TraceFile::open(path);
  CHECK(file.chunks().size() == 1);
  CHECK(file.damaged_bytes() == 0);
}

TEST_CASE("no descriptor stays open behind a trace file") {
  const Scratch scratch;
  const std::string path = scratch / "a.mtrace";
  TraceBuilder().alloc(0x1000, 64, {"f"}).write(path);
  const int before = ::open("/dev/null", O_RDONLY);
  ::close(before);
  const TraceFile file = TraceFile::open(path);
  const int after = ::open("/dev/null", O_RDONLY);
  ::close(after);
  CHECK(before == after);
}

TEST_CASE("a file that was replaced since it was opened is not read") {
  const Scratch scratch;
  const std::string path = scratch / "a.mtrace";
  TraceBuilder().alloc(0x1000, 64, {"f"}).write(path);
  const TraceFile file = TraceFile::open(path);
  TraceBuilder().write(scratch / "b.mtrace");
  std::filesystem::rename(scratch / "b.mtrace", path);
  CHECK_THROWS_AS(trace::ChunkReader(file), Error);
}

TEST_CASE("a file that is cut off after it was opened is read as far as it goes") {
  const Scratch scratch;
  const std::string path = scratch / "a.mtrace";
  TraceBuilder().alloc(0x1000, 64, {"f"}).write(path);
  const TraceFile file = TraceFile::open(path);
  const trace::ChunkReader reader(file);
  std::vector<std::byte> buffer;
  const trace::Chunk& chunk = file.chunks().at(0);
  REQUIRE(reader.read(chunk, buffer).size() == chunk.record_bytes());
  std::filesystem::resize_file(path, chunk.offset + sizeof(format::ChunkHeader) + 6);
  CHECK(reader.read(chunk, buffer).size() == 6);
  std::filesystem::resize_file(path, 0);
  CHECK(reader.read(chunk, buffer).empty());
}

TEST_CASE("a chunk that its writer has taken for other records since is not read") {
  const Scratch scratch;
  const std::string path = scratch / "a.mtrace";
  std::vector<std::byte> bytes = TraceBuilder().alloc(0x1000, 64, {"f"}).bytes();
  const auto write = [&] {
    std::ofstream out(path, std::ios::binary | std::ios::in | std::ios::out);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<long>(bytes.size()));
  };
  std::ofstream(path).close();
  write();
  const TraceFile file = TraceFile::open(path);
  patch(bytes, chunk_at(0) + offsetof(format::ChunkHeader, stream_seq), uint32_t{8});
  write();
  std::vector<std::byte> buffer;
  CHECK(trace::ChunkReader(file).read(file.chunks().at(0), buffer).empty());
}

TEST_CASE("chunks come by stream and sequence, wherever they stand in the file") {
  TraceBuilder builder;
  builder.thread(1).alloc(0x1000, 1, {"a"});
  builder.thread(2).alloc(0x2000, 1, {"a"});
  builder.thread(1).new_chunk().alloc(0x3000, 1, {"a"});
  std::vector<std::byte> bytes = builder.bytes();
  bytes.resize(chunk_at(3));
  // A ring's chunks are used again in any order: swap the two of stream 0.
  std::swap_ranges(bytes.begin() + static_cast<long>(chunk_at(0)),
                   bytes.begin() + static_cast<long>(chunk_at(1)),
                   bytes.begin() + static_cast<long>(chunk_at(2)));
  const TraceFile file = TraceFile::from_bytes(bytes, "ring");
  REQUIRE(file.chunks().size() == 3);
  CHECK(file.chunks()[0].header.stream == 0);
  CHECK(file.chunks()[0].header.stream_seq == 0);
  CHECK(file.chunks()[1].header.stream == 0);
  CHECK(file.chunks()[1].header.stream_seq == 1);
  CHECK(file.chunks()[2].header.stream == 1);
  CHECK(file.missing_chunks() == 0);
}

TEST_CASE("of a chunk that is there twice the fuller copy counts") {
  TraceBuilder builder;
  builder.alloc(0x1000, 1, {"a"}).new_chunk();
  for (uint64_t i = 2; i < 20; ++i) builder.alloc(i << 12, 1, {"a"});
  std::vector<std::byte> bytes = builder.bytes();
  patch(bytes, chunk_at(1) + offsetof(format::ChunkHeader, stream_seq), uint32_t{0});
  const TraceFile file = TraceFile::from_bytes(bytes, "ring");
  REQUIRE(file.chunks().size() == 1);
  CHECK(file.chunks()[0].offset == chunk_at(1));
}

TEST_CASE("a gap in a stream's numbering is a missing chunk") {
  TraceBuilder builder;
  builder.alloc(0x1000, 1, {"a"}).new_chunk().alloc(0x2000, 1).new_chunk().alloc(0x3000, 1);
  std::vector<std::byte> bytes = builder.bytes();
  patch(bytes, chunk_at(1) + offsetof(format::ChunkHeader, magic), uint32_t{0});
  const TraceFile file = TraceFile::from_bytes(bytes, "gap");
  CHECK(file.chunks().size() == 2);
  CHECK(file.missing_chunks() == 1);
}

TEST_CASE("a chunk that makes no sense is damage, not an error") {
  TraceBuilder builder;
  builder.alloc(0x1000, 1, {"a"}).new_chunk().alloc(0x2000, 1, {"a"});
  const std::vector<std::byte> good = builder.bytes();
  for (const uint32_t used : {0U, 63U, 65U, format::kChunkBytes + 2, UINT32_MAX}) {
    std::vector<std::byte> bytes = good;
    patch(bytes, chunk_at(0) + offsetof(format::ChunkHeader, used), used);
    const TraceFile file = TraceFile::from_bytes(bytes, "damaged");
    CHECK(file.chunks().size() == 1);
    CHECK(file.damaged_bytes() == format::kChunkBytes);
  }
}

TEST_CASE("chunks claimed beyond the end of the file are counted, however many") {
  std::vector<std::byte> bytes = TraceBuilder().alloc(0x1000, 1, {"a"}).bytes();
  patch(bytes, offsetof(format::FileHeader, chunks_claimed), UINT32_MAX);
  const TraceFile file = TraceFile::from_bytes(bytes, "cut");
  CHECK(file.chunks().size() == 1);
  CHECK(file.damaged_bytes() == uint64_t{UINT32_MAX - 1} * format::kChunkBytes);
}
