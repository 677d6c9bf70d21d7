#include "sitegen/base/output_folder.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
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

/// Whether the file `path` has these bytes, and is no link to one that has.
bool has_bytes(const fs::path& path, std::string_view bytes) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat status {};
  if (file.get() < 0 || fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
      static_cast<size_t>(status.st_size) != bytes.size()) {
    return false;
  }
  std::array<char, 16 * 1024> buffer;
  while (!bytes.empty()) {
    const ssize_t got = read(file.get(), buffer.data(), buffer.size());
    if (got <= 0 || !bytes.starts_with(std::string_view(buffer.data(), static_cast<size_t>(got)))) {
      return false;
    }
    bytes.remove_prefix(static_cast<size_t>(got));
  }
  return true;
}

void write_file(const fs::path& path, std::string_view bytes, const fs::path& target) {
  Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (file.get() < 0) fail_errno(target, "cannot write");
  while (!bytes.empty()) {
    const ssize_t wrote = ::write(file.get(), bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) fail_errno(target, "cannot write");
    bytes.remove_prefix(static_cast<size_t>(wrote));
  }
  // Some file systems tell only now that the disk was full.
  if (close(file.release()) != 0) fail_errno(target, "cannot write");
}

}  // namespace

OutputFolder::OutputFolder(fs::path folder) : folder_(std::move(folder)) {
  staging_ = folder_ / (std::string(kStagingPrefix) + std::to_string(getpid()));
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

fs::path OutputFolder::checked_path(const std::string& relative) const {
  const fs::path target = folder_ / relative;
  if (const std::string why = why_not_a_path(relative); !why.empty()) {
    fail(target, "cannot write: bad name: " + why);
  }
  return target;
}

void OutputFolder::add(const std::string& relative, std::string_view bytes) {
  const fs::path target = checked_path(relative);
  const bool staged = !has_bytes(target, bytes);
  {
    const std::lock_guard lock(mutex_);
    if (staged) stage_folders_of(relative);
    files_.push_back({.relative = relative, .staged = staged});
  }
  if (staged) write_file(staging_ / relative, bytes, target);
}

void OutputFolder::remove(const std::string& relative) {
  static_cast<void>(checked_path(relative));
  unwanted_.push_back(relative);
}

void OutputFolder::stage_folders_of(const std::string& relative) {
  if (!has_staging_ && mkdir(staging_.c_str(), 0700) != 0) {
    fail_errno(folder_, "cannot create a folder in it");
  }
  has_staging_ = true;
  for (size_t slash = relative.find('/'); slash != std::string::npos;
       slash = relative.find('/', slash + 1)) {
    const std::string name = relative.substr(0, slash);
    if (!staged_folders_.insert(name).second) continue;
    if (mkdir((staging_ / name).c_str(), 0777) != 0) {
      fail_errno(folder_ / name, "cannot create the folder");
    }
  }
}

void OutputFolder::commit() {
  committed_ = true;
  for (const std::string& relative : unwanted_) take_away(relative);
  for (const File& file : files_) {
    if (!file.staged || !settle_folders_of(file.relative)) continue;
    const fs::path target = folder_ / file.relative;
    if (std::rename((staging_ / file.relative).c_str(), target.c_str()) != 0) {
      fail_errno(target, "cannot write");
    }
  }
}

/// Whether the file is still to be moved: it is in place when a folder above it was.
bool OutputFolder::settle_folders_of(const std::string& relative) {
  for (size_t slash = relative.find('/'); slash != std::string::npos;
       slash = relative.find('/', slash + 1)) {
    const std::string name = relative.substr(0, slash);
    if (moved_.contains(name)) return false;
    if (settled_.contains(name)) continue;
    const fs::path path = folder_ / name;
    struct stat status {};
    if (lstat(path.c_str(), &status) == 0) {
      if (S_ISLNK(status.st_mode)) fail(path, "a symbolic link stands where a folder must be");
      if (!S_ISDIR(status.st_mode)) fail(path, "a file stands where a folder must be");
      settled_.insert(name);
      continue;
    }
    if (errno != ENOENT) fail_errno(path, "cannot look at it");
    if (std::rename((staging_ / name).c_str(), path.c_str()) != 0) {
      fail_errno(path, "cannot create the folder");
    }
    moved_.insert(name);
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
