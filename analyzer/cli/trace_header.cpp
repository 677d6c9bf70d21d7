#include "analyzer/cli/trace_header.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace memprof::cli {
namespace {

std::optional<TraceHeader> read_header(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  TraceHeader header;
  format::FileHeader& fields = header.fields;
  if (::pread(fd, &fields, sizeof fields, 0) != static_cast<ssize_t>(sizeof fields))
    return std::nullopt;
  const bool ours = fields.magic == format::kFileMagic && fields.byte_order == format::kByteOrder &&
                    fields.version == format::kVersion &&
                    fields.header_bytes == format::kHeaderBytes &&
                    fields.chunk_bytes == format::kChunkBytes;
  if (!ours) return std::nullopt;
  if (fields.exe.offset > format::kHeaderBytes ||
      fields.exe.bytes > format::kHeaderBytes - fields.exe.offset) {
    return std::nullopt;
  }
  header.exe.resize(fields.exe.bytes);
  const ssize_t got = ::pread(fd, header.exe.data(), header.exe.size(), fields.exe.offset);
  if (got != static_cast<ssize_t>(header.exe.size())) return std::nullopt;
  return header;
}

}  // namespace

std::optional<TraceHeader> read_trace_header(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  std::optional<TraceHeader> header = read_header(fd);
  ::close(fd);
  return header;
}

}  // namespace memprof::cli
