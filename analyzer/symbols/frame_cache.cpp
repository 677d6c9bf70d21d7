#include "analyzer/symbols/frame_cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <tuple>
#include <utility>
#include <vector>

#include "analyzer/symbols/build_id.h"

namespace memprof::symbols {
namespace {

namespace fs = std::filesystem;

constexpr char kSuffix[] = ".frames";
/// Of a file that is being written. One this old was left by a process that died.
constexpr char kTemporary[] = ".writing.";
constexpr time_t kAbandonedSeconds = 3600;
/// Of one file: beyond, reading all of it would take longer than looking up a few frames.
constexpr uint64_t kMaxFileBytes = uint64_t{64} << 20;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

std::optional<std::string> read_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW));
  struct stat status = {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  if (static_cast<uint64_t>(status.st_size) > kMaxFileBytes) return {};
  // Its age is when it was last used.
  ::futimens(file.get(), nullptr);
  std::string bytes(static_cast<size_t>(status.st_size), '\0');
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = ::read(file.get(), bytes.data() + done, bytes.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return {};
    done += static_cast<size_t>(got);
  }
  return bytes;
}

/// False, with errno, when not all of it could be written.
bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

}  // namespace

FrameCache::FrameCache(std::string folder, uint64_t max_bytes)
    : folder_(std::move(folder)), max_bytes_(max_bytes) {}

bool FrameCache::keeps(std::string_view build_id) const {
  return !folder_.empty() && is_usual_build_id(build_id);
}

std::string FrameCache::path_of(std::string_view build_id) const {
  return folder_ + "/" + hex(build_id) + kSuffix;
}

std::string FrameCache::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

void FrameCache::give_up(const std::string& what, int error) {
  const std::lock_guard lock(mutex_);
  if (problem_.empty()) problem_ = "cannot write " + what + ": " + std::strerror(error);
}

std::optional<FrameTable> FrameCache::load(std::string_view build_id) {
  struct stat status = {};
  if (!keeps(build_id) || ::stat(folder_.c_str(), &status) != 0) return {};
  if (status.st_uid != ::geteuid()) return {};
  const std::optional<std::string> bytes = read_file(path_of(build_id));
  return bytes ? unpack(*bytes) : std::nullopt;
}

bool FrameCache::open_folder() {
  std::error_code error;
  fs::create_directories(fs::path(folder_).parent_path(), error);
  if (::mkdir(folder_.c_str(), 0700) != 0 && errno != EEXIST) {
    give_up(folder_, errno);
    return false;
  }
  struct stat status = {};
  if (::stat(folder_.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
    give_up(folder_, ENOTDIR);
    return false;
  }
  if (status.st_uid != ::geteuid()) {
    give_up(folder_, EPERM);
    return false;
  }
  return true;
}

void FrameCache::store(std::string_view build_id, const FrameTable& table) {
  if (!keeps(build_id) || !problem().empty() || !open_folder()) return;
  const std::string bytes = pack(table);
  if (bytes.size() > std::min(kMaxFileBytes, max_bytes_)) return;
  make_room(bytes.size());
  const std::string path = path_of(build_id);
  std::string temporary = folder_ + "/" + kTemporary + "XXXXXX";
  const Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (file.get() < 0) return give_up(temporary, errno);
  if (write_all(file.get(), bytes) && ::rename(temporary.c_str(), path.c_str()) == 0) return;
  const int error = errno;
  ::unlink(temporary.c_str());
  give_up(path, error);
}

void FrameCache::make_room(uint64_t new_bytes) {
  const std::lock_guard lock(mutex_);
  if (!bytes_ || *bytes_ + new_bytes > max_bytes_) bytes_ = trim(max_bytes_ - new_bytes);
  *bytes_ += new_bytes;
}

/// Removes files until no more than `max_bytes` are left, and says how many are.
uint64_t FrameCache::trim(uint64_t max_bytes) const {
  struct Kept {
    timespec used;
    uint64_t bytes;
    std::string path;
  };
  std::vector<Kept> files;
  uint64_t sum = 0;
  std::error_code error;
  for (fs::directory_iterator entry(folder_, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string path = entry->path().string();
    const std::string name = entry->path().filename().string();
    struct stat status = {};
    if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    if (name.starts_with(kTemporary) &&
        status.st_mtim.tv_sec + kAbandonedSeconds < ::time(nullptr)) {
      ::unlink(path.c_str());
    }
    if (!name.ends_with(kSuffix)) continue;
    sum += static_cast<uint64_t>(status.st_size);
    files.push_back({status.st_mtim, static_cast<uint64_t>(status.st_size), path});
  }
  std::sort(files.begin(), files.end(), [](const Kept& a, const Kept& b) {
    return std::tie(a.used.tv_sec, a.used.tv_nsec, a.path) <
           std::tie(b.used.tv_sec, b.used.tv_nsec, b.path);
  });
  for (const Kept& file : files) {
    if (sum <= max_bytes) break;
    if (::unlink(file.path.c_str()) == 0) sum -= file.bytes;
  }
  return sum;
}

}  // namespace memprof::symbols
