#include "analyzer/trace/record_decoder.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/support/record_encoder.h"

namespace {

using namespace memprof;
using test::RecordEncoder;

/// Counts what comes, and keeps the texts.
struct Counting : trace::RecordVisitor {
  int events = 0;
  std::vector<std::string> texts;

  void death(const trace::Death&) { ++events; }
  void birth(const trace::Birth&) { ++events; }
  void resize(const trace::Resize&) { ++events; }
  void mark(const format::MarkRecord&, std::string_view name) { texts.emplace_back(name); }
  void exec(const format::ExecRecord&, std::string_view path) { texts.emplace_back(path); }
  void module(const format::ModuleRecord&, std::string_view build_id, std::string_view path) {
    texts.emplace_back(build_id);
    texts.emplace_back(path);
  }
};

struct Decoded {
  Counting counting;
  uint32_t damaged_bytes;
};

Decoded decode(const RecordEncoder& encoder) {
  Decoded result{};
  trace::RecordDecoder decoder(format::ChunkHeader{}, encoder.bytes());
  while (decoder.next(result.counting)) {
  }
  result.damaged_bytes = decoder.damaged_bytes();
  return result;
}

RecordEncoder encoder() {
  return RecordEncoder(format::ChunkHeader{});
}

constexpr auto kUnknownKind = static_cast<format::Control>(60);

}  // namespace

TEST_CASE("a control record of an unknown kind is skipped") {
  RecordEncoder records = encoder();
  records.control(kUnknownKind, uint64_t{0}, "something of a later version");
  records.death(0x1000, 0);
  const Decoded decoded = decode(records);
  CHECK(decoded.counting.events == 1);
  CHECK(decoded.damaged_bytes == 0);
}

TEST_CASE("texts come out exactly, padding left away") {
  RecordEncoder records = encoder();
  format::MarkRecord mark{};
  mark.name_bytes = 3;
  records.control(format::Control::kMark, mark, "odd");
  format::ModuleRecord module{};
  module.build_id_bytes = 2;
  module.path_bytes = 4;
  records.control(format::Control::kModule, module, "id/lib");
  format::ExecRecord exec{};
  records.control(format::Control::kExec, exec, "");
  const Decoded decoded = decode(records);
  CHECK(decoded.counting.texts == std::vector<std::string>{"odd", "id", "/lib", ""});
  CHECK(decoded.damaged_bytes == 0);
}

TEST_CASE("decoding stops at a record that cannot be, and the rest is damage") {
  RecordEncoder records = encoder();
  records.birth(0x1000, 1, format::Kind::kMalloc, {0, {1, 2}}, 0);
  const size_t good = records.bytes().size();
  SECTION("a word of zero") {
    records.raw(std::vector<std::byte>(4));
  }
  SECTION("more frames popped than there are") {
    records.birth(0x1000, 1, format::Kind::kMalloc, {3, {}}, 0);
  }
  SECTION("a stack deeper than any") {
    records.birth(0x1000, 1, format::Kind::kMalloc,
                  {0, std::vector<uint32_t>(trace::kMaxStackDepth - 1, 7)}, 0);
  }
  SECTION("a block larger than an address space") {
    records.birth(0x1000, trace::kMaxBlockBytes + 1, format::Kind::kMalloc, {}, 0);
  }
  SECTION("a name longer than its record") {
    format::MarkRecord mark{};
    mark.name_bytes = 100;
    records.control(format::Control::kMark, mark, "short");
  }
  SECTION("a known record shorter than its fields") {
    records.control_bytes(format::Control::kExit, {}, "");
  }
  SECTION("a control record longer than any") {
    records.control(kUnknownKind, uint64_t{0}, std::string(format::kMaxControlBytes, 'x'));
  }
  const auto rest = static_cast<uint32_t>(records.bytes().size() - good);
  records.death(0x1000, 0);
  const Decoded decoded = decode(records);
  CHECK(decoded.counting.events == 1);
  CHECK(decoded.damaged_bytes == rest + 4);
}

TEST_CASE("the deepest stack there may be comes back") {
  RecordEncoder records = encoder();
  records.birth(0x1000, 1, format::Kind::kMalloc,
                {0, std::vector<uint32_t>(trace::kMaxStackDepth, 7)}, 0);
  records.birth(0x2000, 1, format::Kind::kMalloc, {trace::kMaxStackDepth, {1}}, 0);
  CHECK(decode(records).counting.events == 2);
}

TEST_CASE("the position counts as a chunk's used does") {
  RecordEncoder records = encoder();
  records.death(0x1000, 0);
  Counting counting;
  trace::RecordDecoder decoder(format::ChunkHeader{}, records.bytes());
  CHECK(decoder.position() == sizeof(format::ChunkHeader));
  REQUIRE(decoder.next(counting));
  CHECK(decoder.position() == sizeof(format::ChunkHeader) + records.bytes().size());
  CHECK_FALSE(decoder.next(counting));
}
