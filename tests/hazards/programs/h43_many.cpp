// h43_many COUNT PROGRAM: starts so many short processes, one after the other.
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>

extern "C" char** environ;

int main(int argc, char** argv) {
  if (argc < 3) return 99;
  char* const arguments[] = {argv[2], nullptr};
  for (int i = atoi(argv[1]); i > 0; --i) {
    pid_t pid = 0;
    int status = 0;
    if (posix_spawn(&pid, argv[2], nullptr, nullptr, arguments, environ) != 0) return 98;
    if (waitpid(pid, &status, 0) != pid || status != 0) return 97;
  }
  return 0;
}
