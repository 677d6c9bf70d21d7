#include "analyzer/cli/recorder_library.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "analyzer/base/error.h"

namespace memprof::cli {
namespace {

namespace fs = std::filesystem;

constexpr char kFileName[] = "libmemprof.so";

/// Beside the library there may be one for each kind of program, under a name in which the loader
/// puts its own directory for $LIB. The tree has a directory of that very name for musl.
constexpr char kAnyLibrary[] = "memprof/$LIB/libmemprof.so";

std::string find_library() {
  std::error_code error;
  if (const char* chosen = std::getenv("MEMPROF_LIBRARY"); chosen != nullptr && *chosen != '\0') {
    if (fs::is_regular_file(chosen, error)) return fs::absolute(chosen).string();
    throw Error(std::string("cannot find the recorder: MEMPROF_LIBRARY: no such file: ") + chosen);
  }
  const fs::path own = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const char* place :
       {"../lib", ".", "../lib/memprof", "../lib/x86_64-linux-gnu", "../lib64"}) {
    const fs::path candidate = (own / place / kFileName).lexically_normal();
    if (fs::is_regular_file(candidate, error)) return candidate.string();
  }
  throw Error(
      "cannot find the recorder: " + (own / "../lib" / kFileName).lexically_normal().string() +
      ": no such file (MEMPROF_LIBRARY may name it)");
}

}  // namespace

RecorderLibrary::RecorderLibrary() : path_(find_library()) {
  if (path_.find_first_of(" \t\n:") != std::string::npos) offer_by_link();
  const bool usual = fs::path(path_).filename() == kFileName;
  const std::string for_all = (fs::path(path_).parent_path() / kAnyLibrary).string();
  std::error_code error;
  if (usual && link_directory_.empty() && fs::is_regular_file(for_all, error)) path_ = for_all;
}

RecorderLibrary::~RecorderLibrary() {
  if (link_directory_.empty()) return;
  ::unlink(path_.c_str());
  ::rmdir(link_directory_.c_str());
}

void RecorderLibrary::offer_by_link() {
  // Not $TMPDIR, whose path may have a blank too.
  std::string directory = "/tmp/memprof.XXXXXX";
  if (::mkdtemp(directory.data()) == nullptr) {
    throw Error("cannot offer the recorder under a path without blanks: " + directory + ": " +
                std::strerror(errno));
  }
  link_directory_ = directory;
  // Processes of the run that change their user still have to get at it.
  ::chmod(directory.c_str(), 0755);
  const std::string link = directory + "/" + kFileName;
  if (::symlink(path_.c_str(), link.c_str()) != 0) {
    const int error = errno;
    ::rmdir(directory.c_str());
    throw Error("cannot offer the recorder under a path without blanks: " + link + ": " +
                std::strerror(error));
  }
  path_ = link;
}

}  // namespace memprof::cli
