// Files by path, each call self-contained: nothing stays open when a function returns.
#pragma once

#include <fcntl.h>

#include <cstddef>
#include <cstdint>

#include "preload/sys/syscall.h"

namespace memprof::sys {

inline long open_file(const char* path, int flags, int mode = 0) {
  return call(SYS_openat, AT_FDCWD, as_long(path), flags | O_CLOEXEC, mode);
}

inline void close_file(long fd) {
  call(SYS_close, fd);
}

/// Reads up to `bytes` of a file; the count read, or -errno.
inline long read_file(const char* path, char* buffer, size_t bytes) {
  const long fd = open_file(path, O_RDONLY);
  if (failed(fd)) return fd;
  size_t count = 0;
  while (count < bytes) {
    const long got = call(SYS_read, fd, as_long(buffer + count), static_cast<long>(bytes - count));
    if (got <= 0) break;
    count += static_cast<size_t>(got);
  }
  close_file(fd);
  return static_cast<long>(count);
}

/// Free bytes of the file system that holds `path`, for unprivileged users, and its size; false
/// when unknown.
bool free_space(const char* path, uint64_t* free_bytes, uint64_t* total_bytes);

/// This process's resident bytes now, or 0. Takes a descriptor for a moment.
uint64_t resident_bytes();

/// The largest number of resident bytes this process image has had (VmHWM), or 0.
uint64_t peak_resident_bytes();

}  // namespace memprof::sys
