// descriptors LEDGERS: takes all descriptors there are for one file, works on the heap for a while,
// and looks whether they are still that file and whether anything has been written to it.
#include <sys/resource.h>
#include <sys/stat.h>

#include "tests/e2e/programs/bookkeeping.h"

namespace {

constexpr int kDescriptors = 64;

int check_all(const struct stat& expected) {
  for (int fd = 3; fd < kDescriptors; ++fd) {
    struct stat status;
    if (fstat(fd, &status) != 0) return 93;
    if (status.st_ino != expected.st_ino || status.st_dev != expected.st_dev) return 94;
    if (status.st_size != 4) return 95;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 99;
  ledger::Page* page = ledger::open_page(argv[1], "root");
  ledger::Worker worker(page->accounts[0], 1);
  worker.steps(1000, page);
  char path[4096];
  snprintf(path, sizeof path, "%s/file", argv[1]);
  close_range(3, ~0u, 0);
  const rlimit limit{kDescriptors, kDescriptors};
  setrlimit(RLIMIT_NOFILE, &limit);
  const int file = open(path, O_RDWR | O_CREAT, 0600);
  if (write(file, "text", 4) != 4) return 98;
  for (int fd = 3; fd < kDescriptors; ++fd) {
    if (fd != file && dup2(file, fd) != fd) return 97;
  }
  struct stat status;
  if (fstat(file, &status) != 0) return 96;
  for (unsigned round = 0; round < 20; ++round) {
    worker.steps(20'000, page);
    if (const int error = check_all(status)) return error;
  }
  return 0;
}
