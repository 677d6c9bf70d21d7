// h55_filtered prctl|syscall LEDGERS CHILD: forbids system calls that CHILD does not need but a
// recorder might, on pain of death, and becomes CHILD.
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "tests/e2e/programs/bookkeeping.h"

#define FORBID(number)                               \
  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1), \
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)

int main(int argc, char** argv) {
  if (argc < 4) return 99;
  ledger::Page* page = ledger::open_page(argv[2], "root");
  ledger::Worker worker(page->accounts[0], 55);
  worker.steps(200);
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      FORBID(SYS_mremap),
      FORBID(SYS_madvise),
      FORBID(SYS_statfs),
      FORBID(SYS_fstatfs),
      FORBID(SYS_fallocate),
      FORBID(SYS_unlinkat),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{sizeof filter / sizeof filter[0], filter};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return 98;
  const long result = strcmp(argv[1], "prctl") == 0
                          ? prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)
                          : syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
  if (result != 0) return 97;
  worker.steps(200);
  char name[] = "child";
  char steps[] = "300";
  char* const arguments[] = {argv[3], argv[2], name, steps, nullptr};
  execv(argv[3], arguments);
  return 96;
}
