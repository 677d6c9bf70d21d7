#include "sitegen/base/source_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "sitegen/base/error.h"
#include "sitegen/base/slug.h"
#include "sitegen/base/text.h"

namespace memprof::sitegen {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& path, const std::string& why) {
  throw Error(printable(path) + ": " + why);
}

[[noreturn]] void fail_errno(const std::string& path, const std::string& what) {
  const int error = errno;
  fail(path, what + ": " + std::strerror(error));
}

class Finder {
 public:
  explicit Finder(std::string_view extension) : extension_(extension) {}

  void search(const std::string& folder, const std::string& relative, const struct stat& status) {
    const std::pair identity{status.st_dev, status.st_ino};
    if (std::find(above_.begin(), above_.end(), identity) != above_.end()) {
      fail(folder, "symbolic link loop: it leads back to a folder above it");
    }
    above_.push_back(identity);
    const std::unique_ptr<DIR, int (*)(DIR*)> dir(opendir(folder.c_str()), closedir);
    if (!dir) fail_errno(folder, "cannot read the folder");
    const std::string path = folder.ends_with('/') ? folder : folder + "/";
    const std::string prefix = relative.empty() ? "" : relative + "/";
    errno = 0;
    while (const dirent* entry = readdir(dir.get())) {
      const std::string name = entry->d_name;
      if (!name.starts_with('.')) visit(dirfd(dir.get()), path + name, prefix + name, name);
      errno = 0;
    }
    if (errno != 0) fail_errno(folder, "cannot read the folder");
    above_.pop_back();
  }

  std::vector<SourceFile> take() {
    std::sort(found_.begin(), found_.end(),
              [](const SourceFile& a, const SourceFile& b) { return a.relative < b.relative; });
    return std::move(found_);
  }

 private:
  void visit(int folder_fd, const std::string& path, const std::string& relative,
             const std::string& name) {
    struct stat status {};
    const bool named_like_one =
        name.size() > extension_.size() && std::string_view(name).ends_with(extension_);
    if (fstatat(folder_fd, name.c_str(), &status, 0) != 0) {
      // A dangling link, say an editor's lock file, matters only where it stands for a page.
      if (!named_like_one && errno == ENOENT) return;
      fail_errno(path, "cannot read");
    }
    const bool folder = S_ISDIR(status.st_mode);
    if (!folder && !named_like_one) return;
    if (const std::string why = why_not_a_name(name); !why.empty()) {
      fail(path, "bad file name: " + why);
    }
    if (folder) {
      search(path, relative, status);
    } else if (S_ISREG(status.st_mode)) {
      found_.push_back({path, relative, stamp_from(status)});
    } else {
      fail(path, "not a regular file");
    }
  }

  std::string_view extension_;
  std::vector<std::pair<dev_t, ino_t>> above_;  // The folders that are being searched.
  std::vector<SourceFile> found_;
};

}  // namespace

std::vector<SourceFile> find_files(const fs::path& folder, std::string_view extension) {
  struct stat status {};
  if (stat(folder.c_str(), &status) != 0) {
    if (errno == ENOENT) return {};
    fail_errno(folder.native(), "cannot read the folder");
  }
  Finder finder(extension);
  finder.search(folder.native(), "", status);
  return finder.take();
}

std::string read_file(const std::string& path, size_t max_bytes) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) fail_errno(path, "cannot read");
  const auto close_fd = [](const int* descriptor) { close(*descriptor); };
  const std::unique_ptr<const int, decltype(close_fd)> closer(&fd, close_fd);
  struct stat status {};
  if (fstat(fd, &status) != 0) fail_errno(path, "cannot read");
  // Its size is a good guess: a file may grow, and some have none that is known.
  const auto size = static_cast<size_t>(std::max<off_t>(status.st_size, 0));
  const auto check_size = [&](size_t bytes) {
    if (bytes > max_bytes) fail(path, fmt::format("larger than {} MiB", max_bytes >> 20));
  };
  check_size(size);
  std::string text(size + 1, '\0');
  size_t filled = 0;
  while (true) {
    const ssize_t got = read(fd, text.data() + filled, text.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_errno(path, "cannot read");
    if (got == 0) break;
    filled += static_cast<size_t>(got);
    check_size(filled);
    if (filled == text.size()) text.resize(filled + 64 * 1024);
  }
  text.resize(filled);
  return text;
}

}  // namespace memprof::sitegen
