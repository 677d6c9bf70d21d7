#include "analyzer/symbols/frame_table.h"

#include <zlib.h>

#include <cstring>
#include <unordered_map>
#include <utility>

namespace memprof::symbols {
namespace {

/// To be raised with each change to the format, and with each to what a lookup gives.
constexpr uint64_t kVersion = 1;
constexpr char kMagic[] = "memprof frames\n";

struct Header {
  char magic[sizeof kMagic];
  uint64_t version;
  uint64_t checksum;  ///< of all bytes after the header
};

uint64_t checksum_of(std::string_view bytes) {
  return crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

/// Numbers are written in seven bits a byte, the lowest first.
class Writer {
 public:
  void number(uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }
  void text(std::string_view text) {
    number(text.size());
    bytes_ += text;
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Reads what Writer wrote. After a failure everything is 0 or "", and ok() says so.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : left_(bytes) {}

  uint64_t number() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (left_.empty()) return fail();
      const auto byte = static_cast<unsigned char>(left_.front());
      left_.remove_prefix(1);
      value |= uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return value;
    }
    return fail();
  }
  std::string_view text() {
    const uint64_t size = number();
    if (size > left_.size()) {
      fail();
      return {};
    }
    const std::string_view text = left_.substr(0, size);
    left_.remove_prefix(size);
    return text;
  }
  /// How many things follow, each of a byte at least.
  uint64_t count() {
    const uint64_t count = number();
    return count <= left_.size() ? count : fail();
  }
  bool ok() const { return ok_; }
  bool done() const { return ok_ && left_.empty(); }

 private:
  uint64_t fail() {
    ok_ = false;
    left_ = {};
    return 0;
  }

  std::string_view left_;
  bool ok_ = true;
};

class Strings {
 public:
  uint64_t of(const std::string& text) {
    const auto [place, added] = numbers_.try_emplace(text, numbers_.size());
    if (added) writer_.text(text);
    return place->second;
  }
  uint64_t count() const { return numbers_.size(); }
  std::string take() { return writer_.take(); }

 private:
  std::unordered_map<std::string, uint64_t> numbers_;
  Writer writer_;
};

Frame frame_of(Reader& reader, const std::vector<std::string_view>& strings) {
  const auto text = [&] {
    const uint64_t number = reader.number();
    return number < strings.size() ? std::string(strings[number]) : std::string();
  };
  Frame frame;
  frame.function = text();
  frame.file = text();
  frame.line = static_cast<uint32_t>(reader.number());
  frame.inlined = reader.number() != 0;
  return frame;
}

}  // namespace

std::string pack(const FrameTable& table) {
  Strings strings;
  Writer rows;
  rows.number(table.frames.size());
  uint64_t last = 0;
  for (const auto& [offset, frames] : table.frames) {
    rows.number(offset - last);
    last = offset;
    rows.number(frames.size());
    for (const Frame& frame : frames) {
      rows.number(strings.of(frame.function));
      rows.number(strings.of(frame.file));
      rows.number(frame.line);
      rows.number(frame.inlined ? 1 : 0);
    }
  }
  Writer front;
  front.text(table.version);
  front.text(table.problem);
  front.number(strings.count());
  const std::string body = front.take() + strings.take() + rows.take();
  Header header = {};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.version = kVersion;
  header.checksum = checksum_of(body);
  return std::string(reinterpret_cast<const char*>(&header), sizeof header) + body;
}

std::optional<FrameTable> unpack(std::string_view bytes) {
  Header header;
  if (bytes.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof header);
  const std::string_view body = bytes.substr(sizeof header);
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0 || header.version != kVersion ||
      header.checksum != checksum_of(body)) {
    return std::nullopt;
  }
  // The checksum keeps accidents out, the checks below those who can compute one.
  Reader reader(body);
  FrameTable table;
  table.version = reader.text();
  table.problem = reader.text();
  std::vector<std::string_view> strings(reader.count());
  for (std::string_view& text : strings) text = reader.text();
  uint64_t offset = 0;
  for (uint64_t rows = reader.count(); rows > 0 && reader.ok(); --rows) {
    offset += reader.number();
    std::vector<Frame> frames(0);
    for (uint64_t count = reader.count(); count > 0 && reader.ok(); --count) {
      frames.push_back(frame_of(reader, strings));
    }
    if (frames.empty()) return std::nullopt;
    table.frames.emplace_hint(table.frames.end(), offset, std::move(frames));
  }
  if (!reader.done()) return std::nullopt;
  return table;
}

}  // namespace memprof::symbols
