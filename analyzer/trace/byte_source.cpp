#include "analyzer/trace/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "analyzer/base/error.h"

namespace memprof::trace {

ByteSource ByteSource::open(const std::string& path) {
  ByteSource source;
  source.fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (source.fd_ < 0) throw Error("cannot open trace: " + path + ": " + std::strerror(errno));
  struct stat status {};
  if (::fstat(source.fd_, &status) != 0) {
    throw Error("cannot open trace: " + path + ": " + std::strerror(errno));
  }
  if (!S_ISREG(status.st_mode)) throw Error("not a memprof trace: " + path + ": no regular file");
  source.device_ = status.st_dev;
  source.inode_ = status.st_ino;
  source.size_ = static_cast<uint64_t>(status.st_size);
  return source;
}

ByteSource ByteSource::view(std::span<const std::byte> bytes) {
  ByteSource source;
  source.memory_ = bytes;
  source.size_ = bytes.size();
  return source;
}

ByteSource::ByteSource(ByteSource&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      device_(other.device_),
      inode_(other.inode_),
      memory_(other.memory_),
      size_(other.size_) {}

ByteSource& ByteSource::operator=(ByteSource&& other) noexcept {
  std::swap(fd_, other.fd_);
  device_ = other.device_;
  inode_ = other.inode_;
  memory_ = other.memory_;
  size_ = other.size_;
  return *this;
}

ByteSource::~ByteSource() {
  close();
}

void ByteSource::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

bool ByteSource::same_as(const ByteSource& other) const {
  return device_ == other.device_ && inode_ == other.inode_ &&
         memory_.data() == other.memory_.data();
}

std::span<const std::byte> ByteSource::read(uint64_t offset, size_t bytes,
                                            std::vector<std::byte>& buffer) const {
  if (fd_ < 0) {
    if (offset >= memory_.size()) return {};
    return memory_.subspan(offset, std::min<size_t>(bytes, memory_.size() - offset));
  }
  if (buffer.size() < bytes) buffer.resize(bytes);
  size_t done = 0;
  while (done < bytes) {
    const ssize_t got =
        ::pread(fd_, buffer.data() + done, bytes - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done += static_cast<size_t>(got);
  }
  return {buffer.data(), done};
}

uint64_t ByteSource::data_from(uint64_t offset) const {
  if (fd_ < 0 || offset >= size_) return std::min(offset, size_);
  const off_t found = ::lseek(fd_, static_cast<off_t>(offset), SEEK_DATA);
  if (found >= 0) return std::min(static_cast<uint64_t>(found), size_);
  return errno == ENXIO ? size_ : offset;
}

}  // namespace memprof::trace
