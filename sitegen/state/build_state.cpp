#include "sitegen/state/build_state.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <system_error>

#include "sitegen/base/archive.h"
#include "sitegen/base/error.h"
#include "sitegen/base/slug.h"
#include "sitegen/base/text.h"

namespace memprof::sitegen {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "sitegen state 2\n";
constexpr size_t kHeadBytes = kMagic.size() + sizeof(Digest);  // With the checksum.

}  // namespace

// Functions for types of this namespace, where a ByteWriter looks for them.

template <typename Archive>
void transfer(Archive& archive, Digest& digest) {
  archive(digest.high, digest.low);
}

template <typename Archive>
void transfer(Archive& archive, FileStamp& stamp) {
  archive(stamp.device, stamp.inode, stamp.size_bytes, stamp.modified_ns, stamp.changed_ns);
}

template <typename Archive>
void transfer(Archive& archive, Date& date) {
  archive(date.unix_s, date.offset_minutes);
}

template <typename Archive>
void transfer(Archive& archive, Position& position) {
  archive(position.file, position.line, position.column);
}

/// Front matter is a map of nodes that are kMaxNodeDepth deep at most; bytes need not be.
void check_depth(size_t depth) {
  if (depth > kMaxNodeDepth + 1) ByteReader::fail();
}

void transfer_nodes(ByteWriter& archive, Node& node, size_t depth) {
  check_depth(depth);
  uint64_t items = node.items.size();
  uint64_t entries = node.entries.size();
  archive(node.kind, node.text, node.line, node.column, items, entries);
  for (Node& item : node.items) transfer_nodes(archive, item, depth + 1);
  for (auto& [key, value] : node.entries) {
    archive(key);
    transfer_nodes(archive, value, depth + 1);
  }
}

void transfer_nodes(ByteReader& archive, Node& node, size_t depth) {
  check_depth(depth);
  uint64_t items = 0;
  uint64_t entries = 0;
  archive(node.kind, node.text, node.line, node.column, items, entries);
  if (node.kind < Node::Kind::kNull || node.kind > Node::Kind::kMap) ByteReader::fail();
  for (; items > 0; --items) transfer_nodes(archive, node.items.emplace_back(), depth + 1);
  for (; entries > 0; --entries) {
    auto& [key, value] = node.entries.emplace_back();
    archive(key);
    transfer_nodes(archive, value, depth + 1);
  }
}

template <typename Archive>
void transfer(Archive& archive, Node& node) {
  transfer_nodes(archive, node, 0);
}

template <typename Archive>
void transfer(Archive& archive, FrontMatter& front) {
  archive(front.title, front.description, front.date, front.updated, front.weight, front.draft,
          front.slug, front.aliases, front.layout, front.layout_position, front.terms,
          front.params);
}

template <typename Archive>
void transfer(Archive& archive, PageLink& link) {
  archive(link.relative, link.output);
}

template <typename Archive>
void transfer(Archive& archive, PageRecord& record) {
  Page& page = record.page;
  archive(record.links, page.front_matter, page.body_line, page.section, page.title, page.output,
          page.summary);
}

template <typename Archive>
void transfer(Archive& archive, SourceRecord& record) {
  archive(record.stamp, record.text, record.packed, record.search_offset, record.search_bytes);
}

template <typename Archive>
void transfer(Archive& archive, OutputRecord& record) {
  archive(record.fields, record.stamp);
}

template <typename Archive>
void transfer(Archive& archive, FileRecord& record) {
  archive(record.source, record.content, record.stamp);
}

namespace {

template <typename Record>
void put(ByteWriter& writer, Records<Record>& records) {
  uint64_t count = records.size();
  writer(count);
  for (auto& [name, record] : records) {
    std::string_view stored = name;
    writer(stored, record);
  }
}

template <typename Record>
void get(ByteReader& reader, Records<Record>& records) {
  uint64_t count = 0;
  reader(count);
  // Each takes more bytes than that, so no damage can ask for much memory.
  records.reserve(std::min<uint64_t>(count, reader.left() / sizeof(FileStamp)));
  for (; count > 0; --count) {
    std::string_view name;
    Record record;
    reader(name, record);
    records.add(name, record);
  }
}

/// They are to be removed one day.
template <typename Record>
void check_paths(const Records<Record>& records) {
  for (const auto& [path, record] : records) {
    if (!why_not_a_path(path).empty()) ByteReader::fail();
  }
}

}  // namespace

std::string pack_page(PageRecord& record) {
  ByteWriter writer;
  writer(record);
  return writer.take();
}

PageRecord unpack_page(std::string_view bytes) {
  PageRecord record;
  ByteReader reader(bytes);
  reader(record);
  if (!reader.at_end()) ByteReader::fail();
  return record;
}

std::string pack_state(BuildState& state) {
  ByteWriter writer;
  size_t bytes = size_t{64} << 10;
  for (const auto& [name, record] : state.pages) bytes += record.packed.size() + 256;
  bytes += 256 * (state.outputs.size() + state.files.size());
  writer.reserve(bytes);
  writer.append(kMagic);
  Digest checksum;
  writer(checksum, state.key, state.assets);
  put(writer, state.pages);
  put(writer, state.outputs);
  put(writer, state.files);
  std::string packed = writer.take();
  ByteWriter sum;
  checksum = digest_of(std::string_view(packed).substr(kHeadBytes));
  sum(checksum);
  packed.replace(kMagic.size(), sum.bytes().size(), sum.bytes());
  return packed;
}

BuildState unpack_state(std::string bytes) {
  BuildState state;
  state.bytes = std::make_unique<const std::string>(std::move(bytes));
  const std::string_view all = *state.bytes;
  if (!all.starts_with(kMagic)) throw Error("no state of this version");
  ByteReader reader(all.substr(kMagic.size()));
  Digest checksum;
  reader(checksum);
  if (digest_of(all.substr(kHeadBytes)) != checksum) throw Error("damaged");
  reader(state.key, state.assets);
  get(reader, state.pages);
  get(reader, state.outputs);
  get(reader, state.files);
  if (!reader.at_end()) ByteReader::fail();
  check_paths(state.outputs);
  check_paths(state.files);
  return state;
}

void write_state(const fs::path& path, std::string_view bytes) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  const fs::path unfinished = path.native() + "." + std::to_string(getpid());
  std::ofstream out(unfinished, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out || std::rename(unfinished.c_str(), path.c_str()) != 0) {
    const std::string why = std::strerror(errno);
    fs::remove(unfinished, error);
    throw Error(printable(path.native()) + ": cannot write: " + why);
  }
}

}  // namespace memprof::sitegen
