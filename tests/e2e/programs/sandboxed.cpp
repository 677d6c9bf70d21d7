// sandboxed MODE LEDGERS COUNT: enters a sandbox and then allocates and frees COUNT times, in
// memory that the heap has already. In strict mode any system call but read, write and exit ends
// the process; without the TSC any look at it does.
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "tests/e2e/programs/bookkeeping.h"

namespace {

constexpr size_t kBytes = 1009;

bool enter(const char* mode) {
  if (strcmp(mode, "strict") == 0) return prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == 0;
  if (strcmp(mode, "strict_by_syscall") == 0) {
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 0, nullptr) == 0;
  }
  if (strcmp(mode, "no_tsc") == 0) return prctl(PR_SET_TSC, PR_TSC_SIGSEGV, 0, 0, 0) == 0;
  return strcmp(mode, "none") == 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 99;
  ledger::Page* page = ledger::open_page(argv[2], "root");
  ledger::Account& account = page->accounts[0];
  const unsigned count = static_cast<unsigned>(atoi(argv[3]));
  ledger::give(account, ledger::take(account, kBytes), kBytes);
  if (!enter(argv[1])) return 98;
  for (unsigned i = 0; i < count; ++i) ledger::give(account, ledger::take(account, kBytes), kBytes);
  void* kept = ledger::take(account, kBytes);
  page->finished = kept != nullptr;
  // Not exit_group, which strict mode does not allow.
  syscall(SYS_exit, 7);
  return 97;
}
