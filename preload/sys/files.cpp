#include "preload/sys/files.h"

#include <sys/vfs.h>

#include <cstring>

#include "preload/sys/memory.h"
#include "preload/sys/text.h"

namespace memprof::sys {

bool free_space(const char* path, uint64_t* free_bytes, uint64_t* total_bytes) {
  struct statfs info;
  if (failed(call(SYS_statfs, as_long(path), as_long(&info)))) return false;
  const uint64_t block = static_cast<uint64_t>(info.f_bsize);
  *free_bytes = static_cast<uint64_t>(info.f_bavail) * block;
  *total_bytes = static_cast<uint64_t>(info.f_blocks) * block;
  return true;
}

uint64_t resident_bytes() {
  char text[128];
  const long count = read_file("/proc/self/statm", text, sizeof text - 1);
  if (count <= 0) return 0;
  text[count] = '\0';
  const char* rest = text;
  parse_number(rest, 10, &rest);  // The first field is the size of the address space.
  if (*rest != ' ') return 0;
  return parse_number(rest + 1, 10, &rest) * kPageBytes;
}

uint64_t peak_resident_bytes() {
  char text[1536];
  const long count = read_file("/proc/self/status", text, sizeof text - 1);
  if (count <= 0) return 0;
  text[count] = '\0';
  const char* line = strstr(text, "VmHWM:");
  if (line == nullptr) return 0;
  line += strlen("VmHWM:");
  while (*line == ' ' || *line == '\t') ++line;
  return parse_number(line, 10, &line) * 1024;
}

}  // namespace memprof::sys
