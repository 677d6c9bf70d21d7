// h52_starts HOW PROGRAM: starts PROGRAM and returns what it returned.
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

int main(int argc, char** argv) {
  if (argc < 3) return 99;
  char* no_environment[] = {nullptr};
  char* arguments[] = {argv[2], nullptr};
  free(malloc(1009));
  int status = 0;
  pid_t pid = 0;
  if (strcmp(argv[1], "system") == 0) {
    status = system(argv[2]);
  } else if (strcmp(argv[1], "spawn") == 0) {
    if (posix_spawn(&pid, argv[2], nullptr, nullptr, arguments, environ) != 0) return 97;
    waitpid(pid, &status, 0);
  } else {
    pid = fork();
    if (pid == 0) {
      if (strcmp(argv[1], "exec") == 0) execv(argv[2], arguments);
      if (strcmp(argv[1], "exec_bare") == 0) execve(argv[2], arguments, no_environment);
      _exit(98);
    }
    waitpid(pid, &status, 0);
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 96;
}
