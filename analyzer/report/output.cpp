#include "analyzer/report/output.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>

#include "analyzer/base/error.h"

namespace memprof::report {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw Error("cannot write report: " + what + ": " + std::strerror(errno));
}

/// A new file beside `path` that goes away unless it is kept.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& path) : name_(path + ".XXXXXX") {
    const int fd = ::mkstemp(name_.data());
    if (fd < 0) fail(path);
    // mkstemp makes it private; a report is like any other output.
    const mode_t mask = ::umask(0);
    ::umask(mask);
    ::fchmod(fd, 0666 & ~mask);
    ::close(fd);
  }
  ~TemporaryFile() {
    if (!kept_) ::unlink(name_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& name() const { return name_; }

  void keep_as(const std::string& path) {
    if (::rename(name_.c_str(), path.c_str()) != 0) fail(path);
    kept_ = true;
  }

 private:
  std::string name_;
  bool kept_ = false;
};

void write_file(const std::string& name, const std::string& path,
                const std::function<void(std::ostream&)>& write) {
  std::ofstream out(name, std::ios::binary | std::ios::trunc);
  if (!out) fail(path);
  write(out);
  out.close();
  if (!out) fail(path);
}

}  // namespace

void write_output(const std::string& path, const std::function<void(std::ostream&)>& write) {
  if (path.empty()) {
    write(std::cout);
    std::cout.flush();
    if (!std::cout) fail("standard output");
    return;
  }
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    write_file(path, path, write);
    return;
  }
  TemporaryFile file(path);
  write_file(file.name(), path, write);
  file.keep_as(path);
}

}  // namespace memprof::report
