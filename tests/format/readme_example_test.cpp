// The worked example of preload/format/README.md, decoded and encoded again.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analyzer/trace/record_decoder.h"
#include "preload/format/trace_format.h"
#include "tests/support/record_encoder.h"

namespace {

using namespace memprof;

constexpr uint64_t kStartStamp = 1000;

/// A line of the example: the bytes of one record, and what it says.
struct Line {
  std::vector<std::byte> bytes;
  std::string meaning;
};

std::vector<Line> read_example() {
  std::ifstream readme(MEMPROF_FORMAT_README);
  std::vector<Line> result;
  std::vector<std::byte> bytes;
  bool inside = false;
  for (std::string text; std::getline(readme, text);) {
    if (text == "```example" || (inside && text == "```")) {
      inside = !inside;
      continue;
    }
    if (!inside) continue;
    const size_t bar = text.find('|');
    REQUIRE(bar != std::string::npos);
    std::istringstream hex(text.substr(0, bar));
    for (uint32_t value = 0; hex >> std::hex >> value;) {
      bytes.push_back(static_cast<std::byte>(value));
    }
    const std::string meaning = text.substr(std::min(bar + 2, text.size()));
    // A line without a meaning goes on in the next one.
    if (!meaning.empty()) result.push_back({std::exchange(bytes, {}), meaning});
  }
  return result;
}

template <typename... Values>
std::string format_text(const char* format, Values... values) {
  char text[200];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

/// Says each record in the README's words.
class Telling : public trace::RecordVisitor {
 public:
  void location(const format::LocationRecord& record) {
    told = format_text("location %u is return address 0x%lx", record.id, record.address);
  }
  void birth(const trace::Birth& birth) {
    told = format_text("birth at 0x%lx, %lu bytes by %s", birth.address, birth.size,
                       birth.kind == format::Kind::kCalloc ? "calloc" : "malloc");
    tell_change(birth);
  }
  void death(const trace::Death& death) {
    told = format_text("death at 0x%lx", death.address);
    tell_stamp(death.stamp);
  }
  void resize(const trace::Resize& resize) {
    told = format_text("resize from 0x%lx to 0x%lx, %lu bytes", resize.old_address,
                       resize.born.address, resize.born.size);
    tell_change(resize.born);
  }

  std::string told;

 private:
  void tell_change(const trace::Birth& birth) {
    told += format_text(", %u frames gone, new:", birth.pops);
    for (const uint32_t id : birth.pushes) told += format_text(" %u", id);
    tell_stamp(birth.stamp);
  }
  void tell_stamp(uint64_t stamp) {
    if (stamp != kStartStamp) told += format_text(", stamp %lu", stamp);
  }
};

format::ChunkHeader example_header() {
  format::ChunkHeader header{};
  header.start_stamp = kStartStamp;
  return header;
}

/// The example's records, one element each.
std::vector<std::vector<std::byte>> encode_example() {
  test::RecordEncoder encoder(example_header());
  std::vector<std::vector<std::byte>> result;
  size_t begin = 0;
  const auto end_record = [&] {
    result.emplace_back(encoder.bytes().begin() + static_cast<long>(begin), encoder.bytes().end());
    begin = encoder.bytes().size();
  };
  const auto control = [&](format::Control kind, const auto& record) {
    encoder.control(kind, record);
    end_record();
  };
  control(format::Control::kLocation, format::LocationRecord{1, 0, 0x401136, 0});
  control(format::Control::kLocation, format::LocationRecord{2, 0, 0x4011b2, 0});
  control(format::Control::kBase, format::BaseRecord{0x5555555592a0});
  encoder.birth(0x5555555592a0, 24, format::Kind::kMalloc, {0, {1, 2}}, 0);
  end_record();
  control(format::Control::kLocation, format::LocationRecord{3, 0, 0x4011c9, 0});
  encoder.birth(0x5555555592c0, 100, format::Kind::kCalloc, {1, {3}}, 0);
  end_record();
  encoder.death(0x5555555592a0, 0);
  end_record();
  encoder.resize({0x5555555592c0, 0x555555559340, 4096, 0}, {0, {}}, 0);
  end_record();
  encoder.stamps(true, 5000);
  end_record();
  encoder.death(0x555555559340, 5016);
  end_record();
  return result;
}

std::string hex_of(const std::vector<std::byte>& bytes) {
  std::string result;
  for (const std::byte byte : bytes) result += format_text("%02x ", static_cast<unsigned>(byte));
  return result;
}

}  // namespace

TEST_CASE("the README's bytes decode to the events that the README says") {
  const std::vector<Line> example = read_example();
  REQUIRE(example.size() >= 8);
  std::vector<std::byte> bytes;
  for (const Line& line : example) bytes.insert(bytes.end(), line.bytes.begin(), line.bytes.end());
  trace::RecordDecoder decoder(example_header(), bytes);
  size_t consumed = 0;
  for (const Line& line : example) {
    Telling telling;
    REQUIRE(decoder.next(telling));
    consumed += line.bytes.size();
    CHECK(decoder.position() == sizeof(format::ChunkHeader) + consumed);
    // Base and Stamps change how the rest is read; their effect shows in the lines after them.
    if (!telling.told.empty()) CHECK(line.meaning == telling.told);
  }
  Telling nothing;
  CHECK_FALSE(decoder.next(nothing));
  CHECK(decoder.damaged_bytes() == 0);
}

TEST_CASE("the README's bytes are what the encoder writes") {
  const std::vector<Line> example = read_example();
  const std::vector<std::vector<std::byte>> encoded = encode_example();
  REQUIRE(example.size() == encoded.size());
  for (size_t i = 0; i < encoded.size(); ++i) {
    INFO(example[i].meaning);
    CHECK(hex_of(example[i].bytes) == hex_of(encoded[i]));
  }
}
