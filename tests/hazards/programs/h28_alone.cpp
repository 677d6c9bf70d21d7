// h28_alone: prints what only a process without a second thread can do, and what reaches it.
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/single_threaded.h>
#include <unistd.h>

namespace {

void say_tasks() {
  char line[128];
  FILE* status = fopen("/proc/self/status", "r");
  while (fgets(line, sizeof line, status) != nullptr) {
    if (strncmp(line, "Threads:", 8) == 0) printf("%s", line);
  }
  fclose(status);
  printf("single threaded %d\n", __libc_single_threaded);
}

void churn() {
  for (unsigned i = 0; i < 50'000; ++i) free(malloc(i % 3001));
}

void say(const char* what, int result) {
  printf("%s: %d %s\n", what, result, result == 0 ? "" : strerror(errno));
}

volatile unsigned g_handled = 0;

}  // namespace

int main() {
  say_tasks();
  churn();
  say_tasks();

  // Each signal to the process must find the program's only thread, whether it waits or handles.
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  unsigned waited = 0;
  for (unsigned i = 0; i < 1000; ++i) {
    kill(getpid(), SIGUSR1);
    free(malloc(i));
    const timespec never{0, 0};
    waited += sigtimedwait(&set, nullptr, &never) == SIGUSR1;
  }
  signal(SIGUSR2, [](int) { g_handled = g_handled + 1; });
  for (unsigned i = 0; i < 1000; ++i) {
    kill(getpid(), SIGUSR2);
    free(malloc(i));
  }
  printf("waited for %u, handled %u\n", waited, g_handled);

  printf("personality %x\n", static_cast<unsigned>(personality(0xffffffff)));
  say("user namespace", unshare(CLONE_NEWUSER));
  say_tasks();
  // Allowed for processes with one thread and private file system information only.
  say("file system", unshare(CLONE_FS));
  const int space = open("/proc/self/ns/mnt", O_RDONLY);
  say("mount namespace", unshare(CLONE_NEWNS));
  say("back", setns(space, CLONE_NEWNS));
  churn();
  say_tasks();
  return 0;
}
