#include "analyzer/trace/file_header.h"

#include <elf.h>

#include <cstring>

#include "analyzer/base/error.h"

namespace memprof::trace {

using format::FileHeader;

namespace {

[[noreturn]] void reject(const std::string& path, const std::string& why) {
  throw Error("not a memprof trace: " + path + ": " + why);
}

void check_layout(const FileHeader& header, const std::string& path) {
  if (header.magic == 0) {
    reject(path, "its header is empty (the process ended while the file was being made)");
  }
  if (header.magic == __builtin_bswap64(format::kFileMagic) ||
      (header.magic == format::kFileMagic &&
       header.byte_order == __builtin_bswap32(format::kByteOrder))) {
    reject(path, "it was written on a machine of the other byte order");
  }
  if (header.magic != format::kFileMagic) reject(path, "it begins with other bytes");
  if (header.byte_order != format::kByteOrder) reject(path, "its byte order mark is damaged");
  if (header.version != format::kVersion) {
    throw Error("cannot read trace: " + path + ": it has format version " +
                std::to_string(header.version) + ", this memprof reads version " +
                std::to_string(format::kVersion));
  }
  if (header.header_bytes != format::kHeaderBytes || header.chunk_bytes != format::kChunkBytes) {
    reject(path,
           "its header or chunk size is not that of version " + std::to_string(format::kVersion));
  }
  if (header.pointer_bytes != 8) reject(path, "it is of a process without 64-bit addresses");
  if (header.machine != EM_X86_64) {
    reject(path, "it is of a process on another kind of machine (ELF machine " +
                     std::to_string(header.machine) + ")");
  }
}

std::string read_string(std::span<const std::byte> bytes, format::HeaderString where) {
  const uint64_t end = uint64_t{where.offset} + where.bytes;
  if (where.offset < format::kStringsOffset || end > format::kHeaderBytes) return {};
  return {reinterpret_cast<const char*>(bytes.data()) + where.offset, where.bytes};
}

std::vector<std::string> split_at_nul(const std::string& text) {
  std::vector<std::string> result;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\0', begin), text.size());
    result.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return result;
}

}  // namespace

CheckedHeader check_header(std::span<const std::byte> bytes, const std::string& path) {
  FileHeader header{};
  if (bytes.size() >= sizeof header) std::memcpy(&header, bytes.data(), sizeof header);
  if (bytes.size() >= sizeof header || bytes.empty()) check_layout(header, path);
  if (bytes.size() < format::kHeaderBytes) {
    reject(path, "it ends after " + std::to_string(bytes.size()) + " bytes, within the header");
  }
  CheckedHeader result{header, {}};
  Identity& identity = result.identity;
  identity.trace_id = header.trace_id;
  identity.parent_id = header.parent_id;
  const bool link_known = header.parent_link <= static_cast<uint32_t>(format::ParentLink::kEnviron);
  identity.parent_link =
      link_known ? static_cast<format::ParentLink>(header.parent_link) : format::ParentLink::kNone;
  identity.env_parent_pid = header.env_parent_pid;
  identity.run_id = header.run_id;
  identity.pid = header.pid;
  identity.ppid = header.ppid;
  identity.start_unix_ns = header.start_unix_ns;
  const bool counter = header.stamp_source == static_cast<uint32_t>(format::StampSource::kCounter);
  identity.stamp_source = counter ? format::StampSource::kCounter : format::StampSource::kTsc;
  identity.start = header.start;
  identity.calibration = header.calibration;
  identity.exe = read_string(bytes, header.exe);
  identity.argv = split_at_nul(read_string(bytes, header.argv));
  identity.argv_cut = identity.argv.size() < header.argv_count;
  identity.cwd = read_string(bytes, header.cwd);
  identity.malloc_from = read_string(bytes, header.malloc_from);
  identity.new_from = read_string(bytes, header.new_from);
  return result;
}

}  // namespace memprof::trace
