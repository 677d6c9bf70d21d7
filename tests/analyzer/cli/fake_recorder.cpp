// Stands in for libmemprof.so where a test is about `memprof run`: every process that loads it
// leaves a trace with a header, no records, and a sparse end that wants trimming.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "preload/format/trace_format.h"

namespace {

using namespace memprof::format;

constexpr off_t kSparseBytes = 16 * 1024 * 1024;

uint64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

HeaderString put(char* header, uint32_t offset, const char* text, uint32_t bytes) {
  ::memcpy(header + offset, text, bytes);
  return {offset, bytes};
}

__attribute__((constructor)) void leave_trace() {
  const char* directory = ::getenv("MEMPROF_OUT");
  if (directory == nullptr || ::getenv("FAKE_RECORDER_SILENT") != nullptr) return;
  static char bytes[kHeaderBytes];
  FileHeader header{};
  header.magic = kFileMagic;
  header.byte_order = kByteOrder;
  header.version = kVersion;
  header.header_bytes = kHeaderBytes;
  header.chunk_bytes = kChunkBytes;
  header.machine = 62;
  header.pointer_bytes = 8;
  header.start = {now_ns(), now_ns()};
  header.trace_id = header.start.stamp;
  header.pid = static_cast<uint32_t>(::getpid());
  header.ppid = static_cast<uint32_t>(::getppid());
  header.stamp_source = static_cast<uint32_t>(StampSource::kTsc);
  char exe[4096];
  const ssize_t exe_bytes = ::readlink("/proc/self/exe", exe, sizeof exe);
  if (exe_bytes < 0) return;
  header.exe = put(bytes, kStringsOffset, exe, static_cast<uint32_t>(exe_bytes));
  header.argv = put(bytes, kStringsOffset + 4096, "fake", 5);
  header.argv_count = 1;
  header.cwd = put(bytes, kStringsOffset + 4101, "/", 1);
  ::memcpy(bytes, &header, sizeof header);
  char path[4096];
  ::snprintf(path, sizeof path, "%s/%llx%s", directory,
             static_cast<unsigned long long>(header.trace_id), kFileSuffix);
  const int fd = ::open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return;
  if (::write(fd, bytes, sizeof bytes) < 0 || ::ftruncate(fd, kSparseBytes) != 0) ::unlink(path);
  ::close(fd);
}

}  // namespace
