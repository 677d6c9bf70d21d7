#include "analyzer/cli/trace_directory.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <vector>

#include "analyzer/base/error.h"
#include "analyzer/cli/trace_header.h"
#include "analyzer/trace/drained_file.h"

namespace memprof::cli {
namespace {

namespace fs = std::filesystem;

/// A lease for reading is refused while anybody has the file open or mapped for writing, whatever
/// the pid namespace. File systems without leases say something else than EAGAIN.
enum class Writers { kNone, kSome, kUnknown };
Writers writers_of(int fd) {
  const bool granted = ::fcntl(fd, F_SETLEASE, F_RDLCK) == 0;
  const bool refused = !granted && errno == EAGAIN;
  ::fcntl(fd, F_SETLEASE, F_UNLCK);
  return granted ? Writers::kNone : refused ? Writers::kSome : Writers::kUnknown;
}

bool process_gone(uint32_t pid) {
  return ::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH;
}

void trim(const std::string& path) {
  const auto header = read_trace_header(path);
  if (!header || !process_gone(header->fields.pid)) return;
  const uint64_t used =
      format::kHeaderBytes + uint64_t{header->fields.chunks_claimed} * format::kChunkBytes;
  const int reading = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
  if (reading < 0) return;
  struct stat status {};
  const bool longer =
      ::fstat(reading, &status) == 0 && static_cast<uint64_t>(status.st_size) > used;
  const bool free = longer && writers_of(reading) != Writers::kSome;
  ::close(reading);
  if (!free) return;
  // Trimming saves nothing on the disk, only the apparent size; failing does no harm.
  if (::truncate(path.c_str(), static_cast<off_t>(used)) != 0) return;
}

}  // namespace

std::string trace_directory_path(const std::string& chosen, const std::string& command, pid_t pid) {
  const std::string name = chosen.empty() ? "memprof." + fs::path(command).filename().string() +
                                                "." + std::to_string(pid)
                                          : chosen;
  return fs::absolute(name).lexically_normal().string();
}

void make_trace_directory(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (!fs::is_directory(path)) {
    const std::string why = error ? error.message() : "exists and is no directory";
    throw Error("cannot make trace directory: " + path + ": " + why);
  }
  const bool empty = fs::is_empty(path, error);
  if (error) throw Error("cannot read trace directory: " + path + ": " + error.message());
  if (!empty) {
    throw Error("cannot record into: " + path + ": the directory exists and is not empty",
                Error::Exit::kUsage);
  }
  if (::access(path.c_str(), W_OK | X_OK) != 0) {
    throw Error("cannot record into: " + path + ": no permission to write there");
  }
}

void drop_empty_directory(const std::string& path) {
  ::rmdir(path.c_str());
}

bool trace_has_ended(const std::string& path) {
  const auto header = read_trace_header(path);
  if (!header) return false;
  const int reading = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
  if (reading < 0) return false;
  const Writers writers = writers_of(reading);
  ::close(reading);
  // Where leases do not tell, an image replaced by exec counts as running until its process ends.
  return writers == Writers::kUnknown ? process_gone(header->fields.pid)
                                      : writers == Writers::kNone;
}

void trim_traces(const std::string& directory) {
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().extension() == format::kFileSuffix) trim(entry->path().string());
  }
}

void drop_left_drained(const std::string& directory) {
  std::vector<std::string> left;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    const fs::path& path = entry->path();
    if (path.extension() != trace::kDrainedSuffix) continue;
    if (!fs::exists(fs::path(path).replace_extension(), error)) left.push_back(path.string());
  }
  for (const std::string& path : left) ::unlink(path.c_str());
}

}  // namespace memprof::cli
