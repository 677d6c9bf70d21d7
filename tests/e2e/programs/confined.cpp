// confined MODE LEDGERS [threads]: gives up a path, a right or a view of the system, and works on
// the heap afterwards for long enough that a trace has to grow; so do new threads on request.
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "tests/e2e/programs/bookkeeping.h"

namespace {

/// Another file system as the root, the old one gone.
int pivot(const char* directory) {
  if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    return -1;
  if (mount("tmpfs", directory, "tmpfs", 0, nullptr) != 0 || chdir(directory) != 0) return -1;
  if (syscall(SYS_pivot_root, ".", ".") != 0) return -1;
  return umount2(".", MNT_DETACH) == 0 ? chdir("/") : -1;
}

void* work(void* account) {
  ledger::Worker worker(*static_cast<ledger::Account*>(account), 54);
  worker.steps(30'000);
  return nullptr;
}

bool work_in_threads(ledger::Page* page) {
  pthread_t threads[4];
  for (unsigned i = 0; i < 4; ++i) {
    if (pthread_create(&threads[i], nullptr, work, &page->accounts[i + 1]) != 0) return false;
  }
  for (pthread_t thread : threads) pthread_join(thread, nullptr);
  return true;
}

int confine(const char* mode, const char* directory) {
  if (strcmp(mode, "chroot") == 0 || strcmp(mode, "chroot_exec") == 0 ||
      strcmp(mode, "chroot_fork") == 0) {
    return chroot(directory) == 0 ? chdir("/") : -1;
  }
  if (strcmp(mode, "chdir") == 0) {
    // Into a directory that is removed then.
    const char* place = "gone";
    if (chdir(directory) != 0 || mkdir(place, 0700) != 0 || chdir(place) != 0) return -1;
    return rmdir("../gone");
  }
  if (strcmp(mode, "pivot_root") == 0) return pivot(directory);
  if (strcmp(mode, "setuid") == 0) return setgid(65534) == 0 ? setuid(65534) : -1;
  if (strcmp(mode, "mount_namespace") == 0) return unshare(CLONE_NEWNS);
  if (strcmp(mode, "user_namespace") == 0) return unshare(CLONE_NEWUSER);
  if (strcmp(mode, "failed_exec") == 0) {
    return execl("/nonexistent/program", "program", static_cast<char*>(nullptr)) == -1 ? 0 : -1;
  }
  if (strcmp(mode, "umask") == 0) {
    umask(0777);
    return chdir("/");
  }
  return -1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 99;
  ledger::Page* page = ledger::open_page(argv[2], "root");
  ledger::Worker worker(page->accounts[0], 1);
  worker.steps(1000, page);
  if (confine(argv[1], argv[2]) != 0) return 77;
  worker.steps(200'000, page);
  if (argc > 3 && !work_in_threads(page)) return 94;
  if (strcmp(argv[1], "chroot_fork") == 0) {
    const pid_t child = fork();
    if (child == 0) {
      free(malloc(1009));
      _exit(5);
    }
    int status = 0;
    return waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 5 ? 0 : 95;
  }
  // In the new root, where the recorder's library is not.
  if (strcmp(argv[1], "chroot_exec") == 0) {
    execl("/program", "program", static_cast<char*>(nullptr));
    return 96;
  }
  return 0;
}
