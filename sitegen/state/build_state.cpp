#include "sitegen/state/build_state.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <system_error>

#include "sitegen/base/archive.h"
#include "sitegen/base/error.h"
#include "sitegen/base/text.h"

namespace memprof::sitegen {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMagic = "sitegen state 1\n";

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
          front.slug, front.aliases, front.layout, front.layout_position, front.terms, front.params);
}

template <typename Archive>
void transfer(Archive& archive, PageLink& link) {
  archive(link.relative, link.output);
}

template <typename Archive>
void transfer(Archive& archive, PageRecord& record) {
  Page& page = record.page;
  archive(record.stamp, record.text, record.links, record.search_entry, page.front_matter,
          page.body_line, page.section, page.title, page.output, page.summary);
}

template <typename Archive>
void transfer(Archive& archive, OutputRecord& record) {
  archive(record.fields, record.stamp, record.links);
}

template <typename Archive>
void transfer(Archive& archive, FileRecord& record) {
  archive(record.source, record.content, record.stamp);
}

namespace {

template <typename Record>
void put(ByteWriter& writer, std::unordered_map<std::string, Record>& records) {
  uint64_t count = records.size();
  writer(count);
  for (auto& [name, record] : records) writer(const_cast<std::string&>(name), record);
}

template <typename Record>
void get(ByteReader& reader, std::unordered_map<std::string, Record>& records) {
  uint64_t count = 0;
  reader(count);
  for (; count > 0; --count) {
    std::string name;
    reader(name);
    reader(records[std::move(name)]);
  }
}

}  // namespace

std::string pack_state(BuildState& state) {
  ByteWriter writer;
  writer(state.key, state.assets);
  put(writer, state.pages);
  put(writer, state.outputs);
  put(writer, state.files);
  Digest checksum = digest_of(writer.bytes());
  ByteWriter head;
  head(checksum);
  return std::string(kMagic).append(head.bytes()).append(writer.bytes());
}

BuildState unpack_state(std::string_view bytes) {
  if (!bytes.starts_with(kMagic)) throw Error("no state of this version");
  bytes.remove_prefix(kMagic.size());
  Digest checksum;
  ByteReader head(bytes);
  head(checksum);
  bytes.remove_prefix(sizeof checksum);
  if (digest_of(bytes) != checksum) throw Error("damaged");
  BuildState state;
  ByteReader reader(bytes);
  reader(state.key, state.assets);
  get(reader, state.pages);
  get(reader, state.outputs);
  get(reader, state.files);
  if (!reader.at_end()) ByteReader::fail();
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
