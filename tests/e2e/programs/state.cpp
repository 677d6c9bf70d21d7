// state: prints what a program can see of its own process, as far as memprof must not change it.
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/single_threaded.h>
#include <sys/stat.h>
#include <unistd.h>

extern char** environ;

namespace {

void say_descriptors() {
  char target[512];
  for (int fd = 0; fd < 200; ++fd) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    const ssize_t bytes = readlink(path, target, sizeof target - 1);
    if (bytes < 0) continue;
    target[bytes] = '\0';
    // Pipes are numbered anew in each run.
    if (char* colon = strchr(target, ':')) *colon = '\0';
    printf("descriptor %d: %s\n", fd, target);
  }
  const int lowest = open("/dev/null", O_RDONLY);
  printf("lowest free descriptor: %d\n", lowest);
  close(lowest);
}

void say_tasks() {
  unsigned tasks = 0;
  DIR* directory = opendir("/proc/self/task");
  while (const dirent* entry = readdir(directory)) tasks += entry->d_name[0] != '.';
  closedir(directory);
  printf("tasks: %u\n", tasks);
}

void say_signals() {
  sigset_t blocked;
  sigprocmask(SIG_BLOCK, nullptr, &blocked);
  sigset_t pending;
  sigpending(&pending);
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction action;
    if (sigaction(number, nullptr, &action) != 0) continue;
    printf("signal %d: blocked %d pending %d %s flags %x\n", number, sigismember(&blocked, number),
           sigismember(&pending, number),
           action.sa_handler == SIG_DFL   ? "default"
           : action.sa_handler == SIG_IGN ? "ignored"
                                          : "handled",
           static_cast<unsigned>(action.sa_flags));
  }
  stack_t stack;
  sigaltstack(nullptr, &stack);
  printf("signal stack flags: %d\n", stack.ss_flags);
}

void say_limits() {
  for (int resource = 0; resource < RLIM_NLIMITS; ++resource) {
    rlimit limit;
    getrlimit(static_cast<__rlimit_resource>(resource), &limit);
    printf("limit %d: %lx %lx\n", resource, limit.rlim_cur, limit.rlim_max);
  }
}

void say_environment() {
  for (char** variable = environ; *variable != nullptr; ++variable) {
    if (strncmp(*variable, "MEMPROF_", 8) == 0 || strncmp(*variable, "LD_PRELOAD=", 11) == 0)
      continue;
    printf("environment: %s\n", *variable);
  }
}

void say_all() {
  say_descriptors();
  say_tasks();
  say_signals();
  say_limits();
  say_environment();
  const mode_t mask = umask(0);
  umask(mask);
  char directory[4096];
  printf("umask %o, directory %s\n", mask, getcwd(directory, sizeof directory));
  printf("dumpable %d, no new privileges %d, single threaded %d\n", prctl(PR_GET_DUMPABLE),
         prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), __libc_single_threaded);
}

void* churn(void*) {
  for (unsigned i = 0; i < 20000; ++i) free(malloc(i % 5000));
  return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) printf("argument %s\n", argv[i]);
  say_all();
  churn(nullptr);
  say_all();
  pthread_t thread;
  pthread_create(&thread, nullptr, churn, nullptr);
  pthread_join(thread, nullptr);
  say_all();
  fputs("a line on stderr\n", stderr);
  return 17;
}
