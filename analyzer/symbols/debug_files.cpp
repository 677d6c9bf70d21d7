#include "analyzer/symbols/debug_files.h"

#include <lzma.h>
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <utility>

#include "analyzer/symbols/build_id.h"

namespace memprof::symbols {
namespace {

constexpr size_t kMaxUnpackedBytes = size_t{256} << 20;
constexpr uint64_t kMaxUnpackerBytes = uint64_t{128} << 20;

struct DebugLink {
  std::string name;  // "" when there is no link
  uint32_t checksum = 0;
};

/// A name, padding to four bytes, then the CRC-32 of the file meant, in the file's own byte order.
DebugLink debug_link(const ElfFile& module) {
  const std::string_view section = module.section(".gnu_debuglink");
  const size_t end = section.find('\0');
  if (end == std::string_view::npos || section.size() < sizeof(uint32_t)) return {};
  const size_t checksum_at = (end + sizeof(uint32_t)) / sizeof(uint32_t) * sizeof(uint32_t);
  if (checksum_at > section.size() - sizeof(uint32_t)) return {};
  DebugLink link{std::string(section.substr(0, end)), 0};
  std::memcpy(&link.checksum, section.data() + checksum_at, sizeof link.checksum);
  const char* ident = elf_getident(module.handle(), nullptr);
  if (ident != nullptr && ident[EI_DATA] == ELFDATA2MSB) {
    link.checksum = __builtin_bswap32(link.checksum);
  }
  // The link names a file of a debug directory; it has no business elsewhere.
  if (link.name.find('/') != std::string::npos) return {};
  return link;
}

uint32_t checksum_of(std::string_view bytes) {
  return static_cast<uint32_t>(
      crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

bool belongs(const ElfFile& candidate, const ElfFile& module, const DebugLink& link) {
  if (!candidate.build_id().empty() && !module.build_id().empty()) {
    return candidate.build_id() == module.build_id();
  }
  return checksum_of(candidate.contents()) == link.checksum;
}

std::string directory_of(const std::string& file) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(file, error);
  return (error ? std::filesystem::path(file) : real).parent_path().string();
}

using Kind = ElfFile::Kind;

std::unique_ptr<ElfFile> open_expected(const std::string& path, std::string_view build_id,
                                       Kind kind) {
  std::string problem;
  std::unique_ptr<ElfFile> file = ElfFile::open(path, problem, kind);
  return file != nullptr && file->build_id() == build_id ? std::move(file) : nullptr;
}

std::unique_ptr<ElfFile> open_stored(const std::string& debug_root, std::string_view build_id,
                                     Kind kind) {
  const std::string path = build_id_path(debug_root, build_id);
  return path.empty() ? nullptr : open_expected(path, build_id, kind);
}

std::unique_ptr<ElfFile> open_from_server(const DebugPlaces& places, std::string_view build_id,
                                          Kind kind, std::string& problem) {
  if (places.servers == nullptr || !is_usual_build_id(build_id)) return nullptr;
  std::string reason;
  const std::string path = places.servers->find(build_id, reason);
  if (!path.empty()) {
    if (auto file = open_expected(path, build_id, kind)) return file;
    reason = "what the server gave is another file";
  }
  problem = "debuginfod: " + reason;
  return nullptr;
}

std::unique_ptr<ElfFile> open_linked(const ElfFile& module, const std::string& debug_root) {
  const DebugLink link = debug_link(module);
  if (link.name.empty()) return nullptr;

  std::vector<std::string> directories = {
      std::filesystem::path(module.path()).parent_path().string()};
  const std::string real = directory_of(module.path());
  if (real != directories.front()) directories.push_back(real);
  for (const std::string& directory : directories) {
    std::string below_root = debug_root;
    below_root += "/" + directory;
    for (const std::string& place : {directory, directory + "/.debug", below_root}) {
      std::string problem;
      std::unique_ptr<ElfFile> file = ElfFile::open(place + "/" + link.name, problem);
      if (file != nullptr && belongs(*file, module, link)) return file;
    }
  }
  return nullptr;
}

}  // namespace

std::string beside(const std::string& file, const std::string& name) {
  return name.starts_with('/') ? name : directory_of(file) + "/" + name;
}

std::string build_id_path(const std::string& debug_root, std::string_view build_id) {
  if (!is_usual_build_id(build_id)) return "";
  const std::string digits = hex(build_id);
  return debug_root + "/.build-id/" + digits.substr(0, 2) + "/" + digits.substr(2) + ".debug";
}

std::unique_ptr<ElfFile> open_by_build_id(const DebugPlaces& places, std::string_view build_id,
                                          std::string& problem) {
  if (auto file = open_stored(places.root, build_id, Kind::kModule)) return file;
  return open_from_server(places, build_id, Kind::kModule, problem);
}

std::unique_ptr<ElfFile> find_debug_file(const ElfFile& module, const DebugPlaces& places,
                                         std::string& problem) {
  if (auto file = open_stored(places.root, module.build_id(), Kind::kModule)) return file;
  if (auto file = open_linked(module, places.root)) return file;
  return open_from_server(places, module.build_id(), Kind::kModule, problem);
}

std::unique_ptr<ElfFile> unpack_debug_data(const ElfFile& module) {
  const std::string_view packed = module.section(".gnu_debugdata");
  if (packed.empty()) return nullptr;
  lzma_stream stream = LZMA_STREAM_INIT;
  if (lzma_stream_decoder(&stream, kMaxUnpackerBytes, 0) != LZMA_OK) return nullptr;
  stream.next_in = reinterpret_cast<const uint8_t*>(packed.data());
  stream.avail_in = packed.size();
  std::vector<char> image;
  lzma_ret result = LZMA_OK;
  while (result == LZMA_OK && image.size() < kMaxUnpackedBytes) {
    const size_t used = image.size();
    image.resize(std::min(kMaxUnpackedBytes, std::max(packed.size() * 4, used * 2)));
    stream.next_out = reinterpret_cast<uint8_t*>(image.data() + used);
    stream.avail_out = image.size() - used;
    result = lzma_code(&stream, LZMA_FINISH);
    image.resize(image.size() - stream.avail_out);
  }
  lzma_end(&stream);
  return result == LZMA_STREAM_END ? ElfFile::from_memory(std::move(image)) : nullptr;
}

AlternateLink alternate_link(const ElfFile& debug_file) {
  const std::string_view section = debug_file.section(".gnu_debugaltlink");
  const size_t end = section.find('\0');
  if (end == std::string_view::npos) return {};
  return {std::string(section.substr(0, end)), std::string(section.substr(end + 1))};
}

std::unique_ptr<ElfFile> find_alternate_file(const ElfFile& debug_file, const AlternateLink& link,
                                             const DebugPlaces& places) {
  if (auto file = open_stored(places.root, link.build_id, Kind::kShared)) return file;
  if (!link.name.empty()) {
    const std::string path = beside(debug_file.path(), link.name);
    if (auto file = open_expected(path, link.build_id, Kind::kShared)) return file;
  }
  std::string ignored;
  return open_from_server(places, link.build_id, Kind::kShared, ignored);
}

}  // namespace memprof::symbols
