#include "sitegen/base/file_stamp.h"

#include <time.h>

namespace memprof::sitegen {
namespace {

constexpr int64_t kNsPerSecond = 1'000'000'000;

// Local file systems stamp by the kernel's tick, of 10 ms at most; a server's clock may be a little
// off. Those that store whole seconds show it.
constexpr int64_t kTickNs = 100'000'000;
constexpr int64_t kWholeSecondsNs = 2 * kNsPerSecond;

int64_t ns_of(const timespec& time) {
  return time.tv_sec * kNsPerSecond + time.tv_nsec;
}

}  // namespace

bool FileStamp::is_settled(int64_t now_ns) const {
  const int64_t tick_ns = changed_ns % kNsPerSecond == 0 ? kWholeSecondsNs : kTickNs;
  return changed_ns < now_ns - tick_ns;
}

FileStamp stamp_from(const struct stat& status) {
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .size_bytes = static_cast<uint64_t>(status.st_size),
          .modified_ns = ns_of(status.st_mtim),
          .changed_ns = ns_of(status.st_ctim)};
}

std::optional<FileStamp> stamp_of(const std::string& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return stamp_from(status);
}

int64_t file_clock_ns() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return ns_of(now);
}

}  // namespace memprof::sitegen
