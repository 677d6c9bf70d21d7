#include "sitegen/base/output_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <system_error>

#include "sitegen/base/error.h"
#include "sitegen/base/slug.h"
#include "sitegen/base/text.h"

namespace memprof::sitegen {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, const std::string& why) {
  throw Error(printable(path.native()) + ": " + why);
}

[[noreturn]] void fail_errno(const fs::path& path, const std::string& what) {
  const int error = errno;
  fail(path, what + ": " + std::strerror(error));
}

/// A file that is gone again unless rename_to() has given it its name.
class TemporaryFile {
 public:
  explicit TemporaryFile(const fs::path& folder)
      : path_(folder /
              (".sitegen-" + std::to_string(getpid()) + "-" +
               std::to_string(next_number.fetch_add(1, std::memory_order_relaxed)) + ".tmp")) {
    // One of this name was left behind by a process that was killed: its number is now ours.
    unlink(path_.c_str());
    fd_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd_ < 0) fail_errno(folder, "cannot create a file in it");
  }

  ~TemporaryFile() {
    if (fd_ >= 0) close(fd_);
    if (!renamed_) unlink(path_.c_str());
  }

  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  void write(std::string_view bytes, const fs::path& target) {
    while (!bytes.empty()) {
      const ssize_t wrote = ::write(fd_, bytes.data(), bytes.size());
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) fail_errno(target, "cannot write");
      bytes.remove_prefix(static_cast<size_t>(wrote));
    }
    // Some file systems tell only now that the disk was full.
    const int closed = close(fd_);
    fd_ = -1;
    if (closed != 0) fail_errno(target, "cannot write");
  }

  void rename_to(const fs::path& target) {
    if (std::rename(path_.c_str(), target.c_str()) != 0) fail_errno(target, "cannot write");
    renamed_ = true;
  }

 private:
  static inline std::atomic<unsigned> next_number = 0;  // Only to be another each time.

  fs::path path_;
  int fd_ = -1;
  bool renamed_ = false;
};

}  // namespace

OutputFolder::OutputFolder(fs::path folder) : folder_(std::move(folder)) {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) fail(folder_, "cannot create the folder: " + error.message());
}

void OutputFolder::write(const std::string& relative, std::string_view bytes) {
  if (const std::string why = why_not_a_path(relative); !why.empty()) {
    fail(folder_ / relative, "cannot write: bad name: " + why);
  }
  make_folders_of(relative);
  const fs::path target = folder_ / relative;
  TemporaryFile file(target.parent_path());
  file.write(bytes, target);
  file.rename_to(target);
}

void OutputFolder::make_folders_of(const std::string& relative) {
  for (size_t slash = relative.find('/'); slash != std::string::npos;
       slash = relative.find('/', slash + 1)) {
    const std::string name = relative.substr(0, slash);
    {
      const std::lock_guard lock(mutex_);
      if (made_.contains(name)) continue;
    }
    const fs::path path = folder_ / name;
    if (mkdir(path.c_str(), 0777) != 0) {
      if (errno != EEXIST) fail_errno(path, "cannot create the folder");
      struct stat status {};
      if (lstat(path.c_str(), &status) != 0) fail_errno(path, "cannot look at it");
      if (S_ISLNK(status.st_mode)) fail(path, "a symbolic link stands where a folder must be");
      if (!S_ISDIR(status.st_mode)) fail(path, "a file stands where a folder must be");
    }
    const std::lock_guard lock(mutex_);
    made_.insert(name);
  }
}

}  // namespace memprof::sitegen
