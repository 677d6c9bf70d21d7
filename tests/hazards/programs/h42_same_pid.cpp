// h42_same_pid CHILD: starts CHILD as process 2 of two pid namespaces, one after the other, and
// both times as process 1. Prints 77 where that is not allowed.
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static char g_stack[2][65536];

static int start(void* child) {
  char* const arguments[] = {static_cast<char*>(child), nullptr};
  const pid_t pid = fork();
  if (pid == 0) {
    execv(arguments[0], arguments);
    _exit(98);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return pid == 2 && status == 0 ? 0 : 97;
}

int main(int argc, char** argv) {
  if (argc < 2) return 99;
  for (auto& stack : g_stack) {
    const pid_t pid = clone(start, stack + sizeof g_stack[0], CLONE_NEWPID | SIGCHLD, argv[1]);
    if (pid < 0) {
      puts("77");
      return 77;
    }
    int status = 0;
    waitpid(pid, &status, 0);
    if (status != 0) return 96;
  }
  return 0;
}
