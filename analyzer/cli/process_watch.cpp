#include "analyzer/cli/process_watch.h"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <optional>
#include <sstream>

#include "analyzer/cli/trace_header.h"

namespace memprof::cli {

using profile::OutsideSample;

namespace {

/// A header is complete within microseconds of its file; after this many samples it never will be.
constexpr int kMaxTries = 100;

uint64_t monotonic_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

struct ProcessStat {
  uint64_t start_ticks;
  uint64_t rss_bytes;
};

/// What /proc/<pid>/stat says; nullopt when there is no such process, or only its exit status is
/// left.
std::optional<ProcessStat> read_stat(uint32_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/stat";
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  std::array<char, 1024> text{};
  const ssize_t bytes = ::read(fd, text.data(), text.size() - 1);
  ::close(fd);
  // The name in parentheses may hold anything, so the fields are counted from the last one.
  const char* name_end = bytes > 0 ? std::strrchr(text.data(), ')') : nullptr;
  if (name_end == nullptr) return std::nullopt;
  std::istringstream fields(name_end + 1);
  std::string skipped;
  std::string state;
  ProcessStat stat{};
  uint64_t pages = 0;
  fields >> state;
  for (int field = 4; field < 22; ++field) fields >> skipped;
  fields >> stat.start_ticks >> skipped >> pages;
  if (!fields || state == "Z" || state == "X") return std::nullopt;
  stat.rss_bytes = pages * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  return stat;
}

/// Whether the process that has this pid here runs that executable. A pid from another namespace is
/// somebody else's here.
bool runs(uint32_t pid, const std::string& exe) {
  std::array<char, 4096> target{};
  const std::string link = "/proc/" + std::to_string(pid) + "/exe";
  const ssize_t bytes = ::readlink(link.c_str(), target.data(), target.size());
  return bytes > 0 && exe == std::string(target.data(), static_cast<size_t>(bytes));
}

bool is_trace(const std::string& name) {
  return name.ends_with(format::kFileSuffix);
}

}  // namespace

ProcessWatch::ProcessWatch(const std::string& directory,
                           std::function<void(const std::string&)> on_trace)
    : directory_(directory),
      on_trace_(std::move(on_trace)),
      inotify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
  if (inotify_ < 0) return;
  if (::inotify_add_watch(inotify_, directory.c_str(), IN_CREATE | IN_MOVED_TO | IN_ONLYDIR) < 0) {
    ::close(inotify_);
    inotify_ = -1;
  }
}

ProcessWatch::~ProcessWatch() {
  if (inotify_ >= 0) ::close(inotify_);
}

void ProcessWatch::sample() {
  read_events();
  take_up_pending();
  for (auto image = live_.begin(); image != live_.end();) {
    const auto stat = read_stat(image->first);
    if (!stat || stat->start_ticks != image->second.start_ticks) {
      image = live_.erase(image);
      continue;
    }
    if (stat->rss_bytes != image->second.last_bytes) {
      write(OutsideSample::What::kRss, image->second.trace_id, stat->rss_bytes);
      image->second.last_bytes = stat->rss_bytes;
    }
    ++image;
  }
  // Should this command be killed, the samples so far are there.
  if (out_.is_open()) out_.flush();
}

void ProcessWatch::ended(pid_t pid, int wait_status) {
  read_events();
  take_up_pending();
  const auto found = newest_id_.find(static_cast<uint32_t>(pid));
  if (found == newest_id_.end()) return;
  if (WIFSIGNALED(wait_status)) {
    write(OutsideSample::What::kSignal, found->second,
          static_cast<uint64_t>(WTERMSIG(wait_status)));
  } else {
    write(OutsideSample::What::kStatus, found->second,
          static_cast<uint64_t>(WEXITSTATUS(wait_status)));
  }
}

void ProcessWatch::read_events() {
  alignas(inotify_event) std::array<char, 16 * 1024> buffer;
  for (;;) {
    const ssize_t bytes = inotify_ < 0 ? 0 : ::read(inotify_, buffer.data(), buffer.size());
    if (bytes <= 0) return;
    for (ssize_t at = 0; at < bytes;) {
      inotify_event event;
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const std::string name = event.len == 0 ? "" : buffer.data() + at + sizeof event;
      if (is_trace(name)) pending_.push_back({directory_ + "/" + name, 0});
      at += static_cast<ssize_t>(sizeof event + event.len);
    }
  }
}

void ProcessWatch::take_up_pending() {
  std::vector<Pending> again;
  for (Pending& pending : pending_) {
    if (!take_up(pending.path) && ++pending.tries < kMaxTries) again.push_back(std::move(pending));
  }
  pending_ = std::move(again);
}

bool ProcessWatch::take_up(const std::string& path) {
  const auto header = read_trace_header(path);
  if (!header) return false;
  on_trace_(path);
  const uint32_t pid = header->fields.pid;
  newest_id_[pid] = header->fields.trace_id;
  live_.erase(pid);  // the image before an exec, or a former process of that pid
  const auto stat = read_stat(pid);
  if (stat && runs(pid, header->exe)) live_[pid] = {header->fields.trace_id, stat->start_ticks, 0};
  return true;
}

void ProcessWatch::write(OutsideSample::What what, uint64_t trace_id, uint64_t value) {
  if (!out_.is_open()) {
    out_.open(directory_ + "/" + profile::kRssFileName, std::ios::binary);
    out_ << profile::kRssFileHeading;
  }
  profile::write_sample(out_, {what, monotonic_ns(), trace_id, value});
}

}  // namespace memprof::cli
