#include "tests/support/ledger_reader.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <stdexcept>

namespace memprof::test {

LedgerReader::LedgerReader(const std::string& directory, const std::string& name) {
  const std::string path = directory + "/" + name + ".ledger";
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  // The program makes the file first and gives it its size then.
  const bool whole = fd >= 0 && lseek(fd, 0, SEEK_END) >= static_cast<off_t>(sizeof(ledger::Page));
  void* memory =
      whole ? mmap(nullptr, sizeof(ledger::Page), PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
  if (fd >= 0) close(fd);
  if (memory == MAP_FAILED) throw std::runtime_error("no ledger at " + path);
  page_ = static_cast<ledger::Page*>(memory);
}

LedgerReader::~LedgerReader() {
  if (page_ != nullptr) munmap(page_, sizeof(ledger::Page));
}

ledger::Account LedgerReader::sum() const {
  ledger::Account sum{};
  for (const ledger::Account& account : page_->accounts) {
    sum.allocations_begun += account.allocations_begun;
    sum.allocations += account.allocations;
    sum.bytes_allocated += account.bytes_allocated;
    sum.frees_begun += account.frees_begun;
    sum.frees += account.frees;
    sum.bytes_freed += account.bytes_freed;
  }
  return sum;
}

}  // namespace memprof::test
