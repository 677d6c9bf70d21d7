#include "sitegen/base/output_folder.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <optional>
#include <system_error>
#include <utility>

#include "sitegen/base/error.h"
#include "sitegen/base/slug.h"
#include "sitegen/base/text.h"

namespace memprof::sitegen {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kStagingPrefix = ".sitegen-";  // And the number of the process.

[[noreturn]] void fail(const fs::path& path, const std::string& why) {
  throw Error(printable(path.native()) + ": " + why);
}

[[noreturn]] void fail_errno(const fs::path& path, const std::string& what) {
  const int error = errno;
  fail(path, what + ": " + std::strerror(error));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

constexpr size_t kBufferBytes = size_t{64} << 10;

size_t size_of(const OutputFolder::Piece& piece) {
  return piece.bytes.empty() ? piece.size : piece.bytes.size();
}

/// As many bytes of `file` from `offset` on as there are, at most `size`.
size_t read_at(int file, char* bytes, size_t size, size_t offset) {
  size_t filled = 0;
  while (filled < size) {
    const ssize_t got =
        pread(file, bytes + filled, size - filled, static_cast<off_t>(offset + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    filled += static_cast<size_t>(got);
  }
  return filled;
}

bool has_bytes_at(int file, std::string_view bytes, size_t offset) {
  std::array<char, 16 * 1024> buffer;
  while (!bytes.empty()) {
    const size_t size = std::min(bytes.size(), buffer.size());
    if (read_at(file, buffer.data(), size, offset) != size ||
        std::memcmp(buffer.data(), bytes.data(), size) != 0) {
      return false;
    }
    bytes.remove_prefix(size);
    offset += size;
  }
  return true;
}

int open_to_read(const std::string& path) {
  return open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
}

/// Whether the file `path` has these bytes, and is no link to one that has.
bool has_bytes(const std::string& path, std::span<const OutputFolder::Piece> pieces) {
  const Descriptor file(open_to_read(path));
  struct stat status {};
  if (file.get() < 0 || fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
  size_t size = 0;
  for (const OutputFolder::Piece& piece : pieces) size += size_of(piece);
  if (static_cast<size_t>(status.st_size) != size) return false;
  size_t offset = 0;
  for (const OutputFolder::Piece& piece : pieces) {
    const bool same = piece.bytes.empty() ? piece.offset == offset
                                          : has_bytes_at(file.get(), piece.bytes, offset);
    if (!same) return false;
    offset += size_of(piece);
  }
  return true;
}

/// A new file.
class FileWriter {
 public:
  /// `target` is what messages name. Both must outlive this.
  FileWriter(const std::string& path, const std::string& target)
      : target_(target), file_(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)) {
    if (file_.get() < 0) fail_errno(target_, "cannot write");
  }

  void write(std::span<const OutputFolder::Piece> pieces) {
    if (pieces.size() == 1 && !pieces[0].bytes.empty()) return write(pieces[0].bytes);
    std::string buffer;
    buffer.reserve(kBufferBytes);
    std::optional<Descriptor> in_place;
    for (const OutputFolder::Piece& piece : pieces) {
      if (!piece.bytes.empty()) {
        if (buffer.size() + piece.bytes.size() > kBufferBytes) flush(buffer);
        if (piece.bytes.size() > kBufferBytes) {
          write(piece.bytes);
        } else {
          buffer += piece.bytes;
        }
        continue;
      }
      flush(buffer);
      if (!in_place) in_place.emplace(open_to_read(target_));
      copy(in_place->get(), piece, buffer);
    }
    flush(buffer);
  }

  /// Some file systems tell only now that the disk was full.
  void close() {
    if (::close(file_.release()) != 0) fail_errno(target_, "cannot write");
  }

 private:
  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t wrote = ::write(file_.get(), bytes.data(), bytes.size());
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) fail_errno(target_, "cannot write");
      bytes.remove_prefix(static_cast<size_t>(wrote));
    }
  }

  void flush(std::string& buffer) {
    write(std::string_view(buffer));
    buffer.clear();
  }

  void copy(int from, const OutputFolder::Piece& piece, std::string& buffer) {
    for (size_t done = 0; done < piece.size; done += buffer.size()) {
      buffer.resize(std::min(piece.size - done, kBufferBytes));
      if (read_at(from, buffer.data(), buffer.size(), piece.offset + done) != buffer.size()) {
        fail(target_, "changed while it was read");
      }
      write(std::string_view(buffer));
    }
    buffer.clear();
  }

  const std::string& target_;
  Descriptor file_;
};

}  // namespace

OutputFolder::OutputFolder(fs::path folder) : folder_(std::move(folder)) {
  place_ = folder_.native() + "/";
  staging_ = place_ + std::string(kStagingPrefix) + std::to_string(getpid()) + "/";
  std::error_code error;
  for (fs::path path = folder_; !path.empty() && !fs::exists(fs::symlink_status(path, error));
       path = path.parent_path()) {
    created_.insert(created_.begin(), path);
    if (!path.has_relative_path()) break;
  }
  fs::create_directories(folder_, error);
  if (error) fail(folder_, "cannot create the folder: " + error.message());
  remove_what_others_left();
}

OutputFolder::~OutputFolder() {
  std::error_code ignored;
  if (has_staging_) fs::remove_all(staging_, ignored);
  if (committed_) return;
  // Those that are not empty stay.
  for (auto path = created_.rbegin(); path != created_.rend(); ++path) rmdir(path->c_str());
}

/// A process that was killed could not tidy up.
void OutputFolder::remove_what_others_left() const {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder_, ignored)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with(kStagingPrefix)) continue;
    pid_t pid = 0;
    const char* end = name.data() + name.size();
    const auto [stop, error] = std::from_chars(name.data() + kStagingPrefix.size(), end, pid);
    const bool is_staging = error == std::errc() && stop == end && pid > 0;
    const bool gone = pid == getpid() || (is_staging && kill(pid, 0) != 0 && errno == ESRCH);
    if (is_staging && gone) fs::remove_all(entry.path(), ignored);
  }
}

std::string OutputFolder::checked_path(const std::string& relative) const {
  std::string target = place_ + relative;
  if (const std::string why = why_not_a_path(relative); !why.empty()) {
    fail(target, "cannot write: bad name: " + why);
  }
  return target;
}

void OutputFolder::add(const std::string& relative, std::string_view bytes) {
  const Piece whole{.bytes = bytes};
  add(relative, std::span(&whole, 1));
}

void OutputFolder::add(const std::string& relative, std::span<const Piece> pieces) {
  const std::string target = checked_path(relative);
  std::unique_lock lock(mutex_);
  const bool look = may_be_in_place(relative);
  lock.unlock();
  const bool staged = !look || !has_bytes(target, pieces);
  lock.lock();
  if (staged) stage_folders_of(relative);
  files_.push_back({.relative = relative, .staged = staged});
  lock.unlock();
  if (!staged) return;
  FileWriter file(staging_ + relative, target);
  file.write(pieces);
  file.close();
}

/// Nothing is in a folder that is not there. Most files of a first build need no look then.
bool OutputFolder::may_be_in_place(std::string_view relative) {
  const size_t slash = relative.rfind('/');
  if (slash == std::string_view::npos) return created_.empty();
  const std::string_view name = relative.substr(0, slash);
  const auto known = in_place_.find(name);
  if (known != in_place_.end()) return known->second;
  struct stat status {};
  const std::string path = place_ + std::string(name);
  const bool there = lstat(path.c_str(), &status) == 0 || errno != ENOENT;
  in_place_.emplace(name, there);
  return there;
}

void OutputFolder::remove(const std::string& relative) {
  static_cast<void>(checked_path(relative));
  unwanted_.push_back(relative);
}

void OutputFolder::stage_folders_of(std::string_view relative) {
  if (!has_staging_ && mkdir(staging_.c_str(), 0700) != 0) {
    fail_errno(folder_, "cannot create a folder in it");
  }
  has_staging_ = true;
  for (size_t slash = relative.find('/'); slash != std::string_view::npos;
       slash = relative.find('/', slash + 1)) {
    const std::string_view name = relative.substr(0, slash);
    if (staged_folders_.contains(name)) continue;
    const std::string made(name);
    staged_folders_.insert(made);
    if (mkdir((staging_ + made).c_str(), 0777) != 0) {
      fail_errno(place_ + made, "cannot create the folder");
    }
  }
}

void OutputFolder::commit() {
  committed_ = true;
  for (const std::string& relative : unwanted_) take_away(relative);
  for (const File& file : files_) {
    if (!file.staged || !settle_folders_of(file.relative)) continue;
    const std::string target = place_ + file.relative;
    if (std::rename((staging_ + file.relative).c_str(), target.c_str()) != 0) {
      fail_errno(target, "cannot write");
    }
  }
}

/// Whether the file is still to be moved: it is in place when a folder above it was.
bool OutputFolder::settle_folders_of(std::string_view relative) {
  for (size_t slash = relative.find('/'); slash != std::string_view::npos;
       slash = relative.find('/', slash + 1)) {
    const std::string_view name = relative.substr(0, slash);
    if (moved_.contains(name)) return false;
    if (settled_.contains(name)) continue;
    const std::string path = place_ + std::string(name);
    struct stat status {};
    if (lstat(path.c_str(), &status) == 0) {
      if (S_ISLNK(status.st_mode)) fail(path, "a symbolic link stands where a folder must be");
      if (!S_ISDIR(status.st_mode)) fail(path, "a file stands where a folder must be");
      settled_.emplace(name);
      continue;
    }
    if (errno != ENOENT) fail_errno(path, "cannot look at it");
    if (std::rename((staging_ + std::string(name)).c_str(), path.c_str()) != 0) {
      fail_errno(path, "cannot create the folder");
    }
    moved_.emplace(name);
    return false;
  }
  return true;
}

/// Whatever is no file of ours stays: what a symbolic link leads to, a folder.
void OutputFolder::take_away(const std::string& relative) const {
  const auto is_folder = [this](std::string_view name) {
    struct stat status {};
    return lstat((folder_ / name).c_str(), &status) == 0 && S_ISDIR(status.st_mode);
  };
  for (size_t slash = relative.find('/'); slash != std::string::npos;
       slash = relative.find('/', slash + 1)) {
    if (!is_folder(std::string_view(relative).substr(0, slash))) return;
  }
  const fs::path target = folder_ / relative;
  if (is_folder(relative)) return;
  if (unlink(target.c_str()) != 0 && errno != ENOENT) fail_errno(target, "cannot remove");
  for (size_t slash = relative.rfind('/'); slash != std::string::npos && slash != 0;
       slash = relative.rfind('/', slash - 1)) {
    if (rmdir((folder_ / relative.substr(0, slash)).c_str()) != 0) return;
  }
}

}  // namespace memprof::sitegen
